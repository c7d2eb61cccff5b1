// Which words of the query a hit has. What its snippets mark may be another form of a word, or a compound that has it.

const PARTS = /\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+(?!\p{Ll})|[\p{Lo}\p{Lm}]+|\p{N}+/gu;
const EDGES = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;
const FORM_MIN = 3; // characters; a shorter word may begin any other
const ALIKE_MIN = 2; // characters that a word and another form of it have in common
const ENDING_MAX = 3; // characters
const LETTERS = /^\p{Ll}+$/u; // of a script with spaces between words
const WORDS_MAX = 100; // of a query, and parts of them; later ones are named as the hit has them
const WORD_MAX = 100; // characters

let last = { query: null, words: [], parts: [] };

/**
 * The words of the query that marked words have, as they are written there, and the marked words that are none of them (`isOther`).
 * `form` is how a text has a word that it has in another form only.
 */
export function hadWords(query, marked) {
  const { words, parts } = read(query);
  const marks = marked.map((mark) => mark.slice(0, WORD_MAX));
  const had = formsIn(marks, words, parts);
  const whole = words.filter(({ text }) => had.has(text));
  const known = new Set(whole.flatMap(({ own }) => own));
  const partly = parts.filter(({ text, key }) => had.has(text) && !known.has(key));
  const asked = [...whole, ...partly].map(({ text }) => text);
  return unique([...asked, ...marks.filter((mark) => had.has(mark))])
    .map((text) => ({ text, form: had.get(text), isOther: !asked.includes(text) }));
}

/** The words of the query that marked words do not have: as a whole, or the parts that are missing. */
export function missingWords(query, marked) {
  const had = new Set(hadWords(query, marked).map(({ text }) => folded(text)));
  return read(query).words.filter(({ key }) => !had.has(key)).flatMap(({ text }) => {
    const parts = partsOf(text);
    const missing = parts.filter((part) => !had.has(folded(part)));
    return missing.length === parts.length ? [text] : missing;
  });
}

/** The words that marked words have, each with the mark that has another form of it, or null if one has the word itself. */
function formsIn(marks, words, parts) {
  const had = new Map();
  for (const mark of marks) {
    const { texts, isForm } = wordsOf(mark, words, parts);
    for (const text of texts) if (!isForm || !had.has(text)) had.set(text, isForm ? mark : null);
  }
  return had;
}

/** The words of a query and their parts. All hits of a search have the same query. */
function read(query) {
  if (query === last.query) return last;
  const words = unique(query.split(/\s+/, WORDS_MAX).map((word) => word.slice(0, WORD_MAX).replace(EDGES, "")).filter(Boolean)).map(wordOf);
  const parts = unique(words.flatMap(({ text }) => partsOf(text))).slice(0, WORDS_MAX).map(wordOf);
  last = { query, words, parts };
  return last;
}

/** A word, its spelling to compare, and that of each of its parts. */
const wordOf = (text) => ({ text, key: folded(text), own: [folded(text), ...partsOf(text).map(folded)] });

/** What a marked word has: words of the query, forms of them, parts of them, forms of parts, or nothing but itself. */
function wordsOf(mark, words, parts) {
  const { own } = wordOf(mark);
  const ways = [
    [false, () => words.filter(({ key }) => own.includes(key))],
    [true, () => longest(words.filter(({ key, own: known }) => own.some((each) => begins(each, key) || (begins(key, each) && !known.includes(each)))))],
    [false, () => parts.filter(({ key }) => own.includes(key))],
    [true, () => longest(parts.filter(({ key }) => own.some((each) => begins(each, key))))],
    [true, () => mostAlike(own[0], words)],
  ];
  for (const [isForm, way] of ways) {
    const found = way();
    if (found.length) return { texts: found.map(({ text }) => text), isForm };
  }
  return { texts: [mark], isForm: false };
}

/** Of several words that begin alike, the one that has most of them, as a list of one or none. */
const longest = (words) => [...words].sort((one, other) => other.key.length - one.key.length).slice(0, 1);

/** The word that a mark of which nothing else is known is a form of, such as “dry” of “dries”, as a list of one or none. */
function mostAlike(mark, words) {
  if (!LETTERS.test(mark)) return [];
  const alike = words.map((word) => ({ ...word, common: commonStart(mark, word.key) }))
    .filter(({ key, common }) => common >= ALIKE_MIN && Math.max(mark.length, key.length) - common <= ENDING_MAX);
  return alike.sort((one, other) => other.common - one.common).slice(0, 1);
}

function commonStart(one, other) {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

const begins = (word, start) => start.length >= FORM_MIN && word.startsWith(start);

const partsOf = (word) => word.match(PARTS) ?? [];

const folded = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Each word once, in its first place and spelling. */
function unique(words) {
  const seen = new Set();
  return words.filter((word) => !seen.has(folded(word)) && seen.add(folded(word)));
}
