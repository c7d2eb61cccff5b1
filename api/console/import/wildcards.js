// Matches paths with patterns of ignore files. The time grows with the length of both, whatever the pattern.

const ANY = Symbol("any number of items, also none");
const ONE = () => true;

/** A test of paths. A pattern with a slash counts from its folder on, any other in all folders below. Throws a SyntaxError. */
export function pathTest(pattern) {
  if (!pattern.includes("/")) return inAnyFolder(nameTest(pattern));
  const names = pattern.replace(/^\//, "").split("/");
  const parts = names.flatMap((name, index) => {
    if (name !== "**") return [nameTest(name)];
    return index < names.length - 1 ? [ANY] : [ONE, ANY];
  });
  return (path) => isMatch(parts, path.split("/"));
}

const inAnyFolder = (test) => (path) => test(path.slice(path.lastIndexOf("/") + 1));

function nameTest(pattern) {
  if (!/[*?[\\]/.test(pattern)) return (name) => name === pattern;
  const parts = pattern.match(/\*+|\?|\[[!^]?\]?[^\]]*\]|\\.|[^]/gu)?.map(partOf) ?? [];
  return (name) => isMatch(parts, charactersOf(name));
}

/** What can be read by index. */
const charactersOf = (name) => (/[\ud800-\udfff]/.test(name) ? [...name] : name);

function partOf(part) {
  if (part.startsWith("*")) return ANY;
  if (part === "?") return ONE;
  if (part.length > 1 && part.startsWith("[")) return classTest(part.slice(1, -1));
  const literal = part.length > 1 && part.startsWith("\\") ? part.slice(1) : part;
  return (character) => character === literal;
}

function classTest(content) {
  const isNegated = /^[!^]/.test(content);
  const characters = content.slice(isNegated ? 1 : 0).replace(/[[\]^]/g, "\\$&");
  const regex = new RegExp(`^[${isNegated ? "^" : ""}${characters}]$`, "su");
  return (character) => regex.test(character);
}

/** Whether the parts, tests of one item or ANY, match all items. Only the latest ANY is tried again: it takes one more. */
function isMatch(parts, items) {
  let [part, item, any, taken] = [0, 0, -1, 0];
  while (item < items.length) {
    if (parts[part] === ANY) [any, taken, part] = [part, item, part + 1];
    else if (part < parts.length && parts[part](items[item])) [part, item] = [part + 1, item + 1];
    else if (any >= 0) [part, item, taken] = [any + 1, taken + 1, taken + 1];
    else return false;
  }
  return parts.slice(part).every((each) => each === ANY);
}
