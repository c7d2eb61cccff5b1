// What the API understands in a query: "exact phrase", -word, -"exact phrase" and OR. It reads a long query as plain text.

const QUOTES = '"“”„‟«»\uff02';
const MINUS = "(?:[-\uff0d]|\u2212(?!\\p{Nd}))"; // that of a number excludes nothing
const OPENING = "(\\[{\uff08\uff3b【「";
const WORD = "[\\p{L}\\p{N}_]";
// Letters, digits and marks of scripts without spaces, which have none around a phrase either.
const UNSPACED = "(?:(?=[\\p{L}\\p{N}\\p{M}])[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u1980-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f" +
  "\u3005-\u3007\u3040-\u312f\u3130-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua9ff\uaa60-\uaadf" +
  "\uac00-\ud7ff\uf900-\ufaff\u{1b000}-\u{1b16f}]|[\u{20000}-\u{3ffff}])";
const PHRASE = `${MINUS}?[${QUOTES}][^${QUOTES}]*[${QUOTES}](?!(?!${UNSPACED})${WORD})`;
const ITEM = new RegExp([
  `(?<=^|[\\s${OPENING}]|${UNSPACED})(?<phrase>${PHRASE})`,
  "(?<!\\S)(?<or>OR)(?!\\S)",
  `(?<!\\S)${MINUS}(?<excluded>${WORD}\\S*)`,
  `(?<!\\S)[${OPENING}]+(?=${PHRASE})`,
  `\\S(?:(?!(?<=${UNSPACED})${PHRASE})\\S)*`,
].join("|"), "gu");
const WORDS_MAX = 32;
const HAS_WORDS = new RegExp(WORD, "u");

/**
 * The words of a query without its syntax, the phrases of which it requires all or, as `alternatives`, some, and what it excludes.
 * A word that OR connects with a phrase is a phrase.
 */
export function readQuery(query) {
  const plain = { words: query, phrases: [], excluded: [], alternatives: false };
  if (query.trim().split(/\s+/, WORDS_MAX + 1).length > WORDS_MAX) return plain;
  const items = Array.from(query.matchAll(ITEM), itemOf);
  const kept = items.filter(({ kind }) => kind !== "excluded");
  if (!kept.some(({ kind, text }) => kind !== "or" && HAS_WORDS.test(text))) return plain;
  const groups = groupsOf(kept);
  const required = groups.filter((group) => group.some(({ kind }) => kind === "phrase"));
  const words = groups.filter((group) => !required.includes(group));
  return {
    words: textsOf(words.flat()).join(" "),
    phrases: textsOf(required.flat()),
    excluded: textsOf(items.filter(({ kind }) => kind === "excluded")),
    alternatives: required.some(({ length }) => length > 1),
  };
}

/** The query with the words of its phrases instead of them. */
export const withoutPhrases = (query) => query.replace(ITEM, (whole, ...rest) => {
  const { kind, text } = itemOf({ 0: whole, groups: rest.at(-1) });
  return kind === "phrase" ? text : whole;
});

const textsOf = (items) => items.map(({ text }) => text);

function itemOf({ 0: whole, groups: { phrase, or, excluded } }) {
  if (or) return { kind: "or", text: or };
  if (excluded !== undefined) return { kind: "excluded", text: excluded };
  if (phrase === undefined || !HAS_WORDS.test(phrase)) return { kind: "word", text: whole };
  const isExcluded = !QUOTES.includes(phrase[0]);
  return { kind: isExcluded ? "excluded" : "phrase", text: phrase.slice(1 + isExcluded, -1) };
}

/** The items in groups of those that OR connects. Another OR is a word. */
function groupsOf(items) {
  const groups = [];
  items.forEach((item, index) => {
    const isAfterOr = items[index - 1]?.kind === "or";
    if (item.kind === "or" && index > 0 && index < items.length - 1 && !isAfterOr) return;
    if (isAfterOr && index >= 2) groups.at(-1).push(item);
    else groups.push([item]);
  });
  return groups;
}
