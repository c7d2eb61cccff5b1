// Which words of the query a hit has. What its snippets mark may be another form of a word, or a compound that has it.

const PARTS = /\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+|[\p{Lo}\p{Lm}]+|\p{N}+/gu;
const EDGES = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;
const FORM_MIN = 3; // characters; a shorter word may begin any other
const WORDS_MAX = 100; // of a query; later ones are named as the hit has them

/** The words of the query that marked words have, as they are written there, and the marked words that are none of them. */
export function hadWords(query, marked) {
  const words = unique(query.split(/\s+/, WORDS_MAX).map((word) => word.replace(EDGES, "")).filter(Boolean));
  const parts = unique(words.flatMap(partsOf));
  const had = new Set(marked.flatMap((mark) => wordsOf(mark, words, parts)));
  const whole = words.filter((word) => had.has(word));
  const partly = parts.filter((part) => had.has(part) && !whole.some((word) => partsOf(word).includes(part)));
  return unique([...whole, ...partly, ...marked.filter((mark) => had.has(mark))]);
}

/** What a marked word has: words of the query, forms of them, parts of them, or nothing but itself. */
function wordsOf(mark, words, parts) {
  const own = unique([mark, ...partsOf(mark)]).map(folded);
  const ways = [
    words.filter((word) => own.some((each) => begins(each, folded(word)))),
    words.filter((word) => own.some((each) => begins(folded(word), each))),
    parts.filter((part) => own.some((each) => begins(each, folded(part)))),
  ];
  return ways.find(({ length }) => length) ?? [mark];
}

const begins = (word, start) => word === start || (start.length >= FORM_MIN && word.startsWith(start));

const partsOf = (word) => word.match(PARTS) ?? [];

const folded = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Each word once, in its first place and spelling. */
const unique = (words) => [...new Map(words.map((word) => [folded(word), word]).filter(isFirst())).values()];

const isFirst = (seen = new Set()) => ([key]) => !seen.has(key) && seen.add(key);
