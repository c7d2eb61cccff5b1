// Snippets: the API escapes everything but <mark>.

import { el } from "../lib/dom.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };

/** The parts of a snippet as plain text. Every second one is marked. */
const partsOf = (snippet) => snippet.split(/<\/?mark>/)
  .map((part) => part.replace(/&(?:lt|gt|quot|#x27|amp);/g, (entity) => ENTITIES[entity]));

/** The nodes of a snippet. */
export const highlighted = (snippet) =>
  partsOf(snippet).map((text, index) => (index % 2 ? el("mark", {}, text) : text));

/** The marked words of snippets, each once, in their first spelling. */
export function markedWords(...snippets) {
  const words = snippets.flatMap((snippet) => partsOf(snippet ?? "").filter((_, index) => index % 2));
  return [...new Map(words.reverse().map((word) => [word.toLowerCase(), word])).values()].reverse();
}

export const plainText = (snippet) => partsOf(snippet ?? "").join("");
