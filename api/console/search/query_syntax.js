// What the API understands in a query: "exact phrase", -word, -"exact phrase" and OR. It reads a long query as plain text.

const QUOTES = '"“”„‟«»＂';
const MINUS = String.raw`[-－]|−(?!\p{Nd})`;
const OPENING = String.raw`(\[{（［【「`;
const WORD = String.raw`[\p{L}\p{N}_]`;
// Scripts without spaces between words, as in shared/domain/search/lexing/characters.py.
const UNSPACED = String.raw`(?=[\p{L}\p{N}\p{M}])[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u1980-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\u3005-\u3007\u3040-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua9ff\uaa60-\uaadf\uac00-\ud7ff\uf900-\ufaff\u{1b000}-\u{1b16f}\u{20000}-\u{3ffff}]`;
const END = `[${QUOTES}](?!(?!${UNSPACED})${WORD})`;
const PHRASE = `(?:${MINUS})?[${QUOTES}][^${QUOTES}]*${END}`;
const ITEM = new RegExp([
  String.raw`(?<=^|[\s${OPENING}]|${UNSPACED})(${MINUS}|)[${QUOTES}]([^${QUOTES}]*)${END}`,
  String.raw`(?<!\S)(OR)(?!\S)`,
  String.raw`(?<!\S)(?:${MINUS})(${WORD}\S*)`,
  String.raw`(?<!\S)[${OPENING}]+(?=${PHRASE})`,
  String.raw`\S(?:(?!(?<=${UNSPACED})${PHRASE})\S)*`,
].join("|"), "gu");
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
