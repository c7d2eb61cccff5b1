// What a document is called: by its title, else by its id. An id that was made for it says nothing, so its first words do.
// They are those that a list has, too, so that a document has the same name everywhere.

const GENERATED = /^[\da-f]{8}(-?)[\da-f]{4}\1[\da-f]{4}\1[\da-f]{4}\1[\da-f]{12}$/i; // of the service, or of an import
const MARKS = /^(?:#{1,6}|[-*+>]|\d+[.)])\s+/; // with which Markdown begins a line
const LENGTH = 80; // characters
const SHORT = 30;
const END = 4; // of an id, to tell those without words apart
const SEEN = 300; // as much as an excerpt has
const FRONT_MATTER = /^\s*---[ \t]*\r?\n(?:[^]*?\n)?---[ \t]*(?:\r?\n|$)/;
const FENCE = /^(?:```|~~~)/;
const SAYS_SOMETHING = /[\p{L}\p{N}]/u;

/** The name of a document, as it is read (`content`) or listed (`excerpt`). */
export const nameOf = ({ title, id, content, excerpt }) =>
  title || (GENERATED.test(id) ? firstWords(content ?? excerpt ?? "") || `Untitled (${id.slice(-END)})` : id);

/** The same, cut for a sentence or a button. */
export const shortNameOf = (document) => shortened(nameOf(document));

/** Any name, cut in the same way. */
export const shortened = (name) => cut(name, SHORT);

/** The name of a document of which a passage is known, and whether its text begins there. Words of another place are no name. */
export const nameByPassage = ({ title, id }, passage, isBeginning) => nameOf({ title, id, content: isBeginning ? passage : "" });

/** The beginning of a document's text below its name, without what repeats it. */
export function excerptOf({ excerpt }, name) {
  const text = bodyOf(excerpt).replace(/^#{1,6}\s+/gm, "");
  const [first, ...rest] = text.split("\n");
  return first.replace(MARKS, "").trim() === name ? rest.join("\n").trim() : text;
}

function firstWords(text) {
  const beginning = [...text.slice(0, 2 * SEEN)].slice(0, SEEN).join("");
  const line = firstLine(bodyOf(beginning)) ?? firstLine(beginning) ?? "";
  return cut(line.replace(MARKS, ""), LENGTH);
}

const firstLine = (text) => text.split("\n").map((line) => line.trim()).find((line) => SAYS_SOMETHING.test(line) && !FENCE.test(line));

const bodyOf = (text) => text.replace(FRONT_MATTER, "").trimStart();

/** Cut a long text between two words. */
function cut(text, length) {
  const characters = [...text.slice(0, 2 * length + 2)]; // of one unit or two
  if (characters.length <= length) return text;
  const start = characters.slice(0, length).join("");
  const end = start.lastIndexOf(" ");
  return `${end > 0 ? start.slice(0, end) : start}…`;
}
