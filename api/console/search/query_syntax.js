// What the API understands in a query: "exact phrase", -word, -"exact phrase" and OR. It reads a long query as plain text.

const ITEM = /(?<!\S)(-?)["“”]([^"“”]*)["“”](?![\p{L}\p{N}_])|(?<!\S)(OR)(?!\S)|(?<!\S)-([\p{L}\p{N}_]\S*)|\S+/gu;
const WORDS_MAX = 32;
const HAS_WORDS = /[\p{L}\p{N}_]/u;

/** The words of a query without its syntax, and the phrases and words that it requires and excludes. `alternatives`: OR connects phrases. */
export function readQuery(query) {
  const plain = { words: query, phrases: [], excluded: [], alternatives: false };
  if (query.trim().split(/\s+/, WORDS_MAX + 1).length > WORDS_MAX) return plain;
  const items = Array.from(query.matchAll(ITEM), itemOf);
  const kept = items.filter(({ kind }) => kind !== "excluded");
  if (!kept.some(({ kind, text }) => kind !== "or" && HAS_WORDS.test(text))) return plain;
  const textsOf = (wanted) => items.filter(({ kind }) => kind === wanted).map(({ text }) => text);
  const phrases = textsOf("phrase");
  return { words: textsOf("word").join(" "), phrases, excluded: textsOf("excluded"), alternatives: phrases.length > 0 && textsOf("or").length > 0 };
}

/** The query with the words of its phrases instead of them. */
export const withoutPhrases = (query) => query.replace(ITEM, (...match) => {
  const { kind, text } = itemOf(match);
  return kind === "phrase" ? text : match[0];
});

function itemOf([whole, minus, phrase, or, excluded]) {
  if (or) return { kind: "or", text: or };
  if (excluded !== undefined) return { kind: "excluded", text: excluded };
  if (phrase === undefined || !HAS_WORDS.test(phrase)) return { kind: "word", text: whole };
  return { kind: minus ? "excluded" : "phrase", text: phrase };
}
