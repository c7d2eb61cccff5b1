// Marks the sentences of an answer that name no source and quote none.

import { el } from "../lib/dom.js";
import { LABEL, textNodes } from "./answer_text.js";

const WORD = /\p{L}\p{L}|\p{N}/u;
const ABBREVIATION = /(?:^|[\s(.])(?:\p{L}|abb|approx|art|ca|cf|dr|eq|fig|mr|mrs|ms|nr|pp|prof|sec|sr|st|vgl|vol|vs)\.\s*$/iu;
const TAIL = 20; // characters of a sentence that may be an abbreviation
const SENTENCE_WORDS = 3; // fewer are a part of one
const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });

/** Mark them in the text of a finished answer. Return how many there are. */
export function markUncited(element) {
  const texts = textsOf(element);
  const uncited = uncitedIn(texts);
  let next = 0;
  for (let { node, start, end } of texts) {
    for (; next < uncited.length && uncited[next].start < end; next += 1) {
      const sentence = uncited[next];
      const from = Math.max(sentence.start, start);
      const to = Math.min(sentence.end, end);
      node = markPart(node, from - start, to - start, sentence.end <= end);
      start = to;
      if (sentence.end > end) break; // it goes on in the next text
    }
  }
  return uncited.length;
}

/** The pieces of the text with their places. */
function textsOf(element) {
  let end = 0;
  return [...textNodes(element)].map((node) => ({ node, start: end, end: (end += node.length) }));
}

/** A number behind a full stop belongs to the sentence before it, as spaces would. */
const withoutNumbers = ({ node }) => (node.parentElement.closest(".reference") ? " ".repeat(node.length) : node.data);

function uncitedIn(texts) {
  const sourced = texts.filter(({ node }) => node.parentElement.closest(".reference, .quotation"));
  let next = 0;
  const parts = Array.from(segmenter.segment(texts.map(withoutNumbers).join("")), ({ segment, index }) => {
    const end = index + segment.length;
    while (next < sourced.length && sourced[next].end <= index) next += 1;
    return { text: segment, start: index, end, isSourced: next < sourced.length && sourced[next].start < end };
  });
  return wholeSentences(parts).filter(({ text, isSourced }) => !isSourced && isClaim(text)).map(trimmed);
}

/** The segmenter takes the full stop of an abbreviation for the end of a sentence. */
function wholeSentences(parts) {
  const sentences = [];
  let last = null;
  for (const part of parts) {
    if (last && goesOn(last)) {
      const { text, start, isSourced } = sentences.pop();
      sentences.push({ text: text + part.text, start, end: part.end, isSourced: isSourced || part.isSourced });
    } else sentences.push(part);
    last = part;
  }
  return sentences;
}

function goesOn({ text, isSourced }) {
  if (text.endsWith("\n")) return false;
  return ABBREVIATION.test(text.slice(-TAIL)) || (!isSourced && text.trim().split(/\s+/, SENTENCE_WORDS).length < SENTENCE_WORDS);
}

const trimmed = ({ text, start, end }) => ({ start: start + text.length - text.trimStart().length, end });

/** What ends with a colon introduces what follows. */
const isClaim = (text) => WORD.test(text) && !text.trimEnd().endsWith(":");

/** Mark a part of a text node. Return the node behind it. */
function markPart(node, from, to, isEnd) {
  const part = node.splitText(from);
  const rest = part.splitText(to - from);
  const mark = el("span", { class: "uncited" });
  part.replaceWith(mark);
  mark.append(part, isEnd ? el("span", { class: `visually-hidden ${LABEL}` }, " (names no source)") : "");
  return rest;
}
