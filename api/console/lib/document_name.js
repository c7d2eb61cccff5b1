// What a document is called: by its title, else by its id. An id that was made for it says nothing, so its first words do.

const GENERATED = /^[\da-f]{8}(-?)[\da-f]{4}\1[\da-f]{4}\1[\da-f]{4}\1[\da-f]{12}$/i; // of the service, or of an import
const MARKS = /^(?:#{1,6}|[-*+>]|\d+[.)])\s+/; // with which Markdown begins a line
const LENGTH = 80; // characters
const SHORT = 30;
const SEEN = 1000; // a text may be long

/** The name of a document, as it is read (`content`) or listed (`excerpt`). */
export const nameOf = ({ title, id, content, excerpt }) => title || (GENERATED.test(id) && firstWords(content ?? excerpt ?? "")) || id;

/** The same, cut for a sentence or a button. */
export const shortNameOf = (document) => cut(nameOf(document), SHORT);

/** The name of a document of which a passage is known, and whether its text begins there. */
export const nameByPassage = ({ title, id }, passage, isBeginning) =>
  nameOf({ title, id, content: isBeginning || passage.startsWith("…") ? passage : `…${passage}` });

const firstWords = (text) => cut(text.slice(0, SEEN).trimStart().split("\n", 1)[0].replace(MARKS, "").trim(), LENGTH);

/** Cut a long text between two words. */
function cut(text, length) {
  const characters = [...text.slice(0, 2 * length + 2)]; // of one unit or two
  if (characters.length <= length) return text;
  const start = characters.slice(0, length).join("");
  const end = start.lastIndexOf(" ");
  return `${end > 0 ? start.slice(0, end) : start}…`;
}
