// Marks the sentences of an answer that name no source and quote none.

import { el } from "../lib/dom.js";
import { LABEL, textNodes } from "./answer_text.js";

const WORD = /\p{L}\p{L}|\p{N}/u;
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
  const sentences = segmenter.segment(texts.map(withoutNumbers).join(""));
  let next = 0;
  return Array.from(sentences, trimmed).filter(({ text, start, end }) => {
    while (next < sourced.length && sourced[next].end <= start) next += 1;
    return isClaim(text) && !(next < sourced.length && sourced[next].start < end);
  });
}

function trimmed({ segment, index }) {
  const start = index + segment.length - segment.trimStart().length;
  return { text: segment.trim(), start, end: index + segment.length };
}

/** What ends with a colon introduces what follows. */
const isClaim = (text) => WORD.test(text) && !text.endsWith(":");

/** Mark a part of a text node. Return the node behind it. */
function markPart(node, from, to, isEnd) {
  const part = node.splitText(from);
  const rest = part.splitText(to - from);
  const mark = el("span", { class: "uncited" });
  part.replaceWith(mark);
  mark.append(part, isEnd ? el("span", { class: `visually-hidden ${LABEL}` }, " (names no source)") : "");
  return rest;
}
