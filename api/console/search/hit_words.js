// Says in words why a hit is there.

import { documentAddress } from "../lib/document_address.js";
import { el } from "../lib/dom.js";
import { hadWords } from "./had_words.js";
import { markedWords } from "./snippet.js";

const MAX_WORDS = 4;

/** Nodes that say what of the query the hit has. A weak hit is not called similar. */
export function whyNodes({ title_snippet, snippet, ranks, relevance, relevance_by_meaning }, query) {
  const isWeak = relevance === "weak";
  if (ranks.text === null) return [isWeak ? "Not very similar in meaning" : "Similar in meaning"];
  const isSimilar = !isWeak && ["strong", "fair"].includes(relevance_by_meaning);
  const words = hadWords(query, markedWords(title_snippet, snippet));
  return [...wordNodes(words), isSimilar && ", and is similar in meaning"].filter(Boolean);
}

/** Nodes that lead to the chunk nearest in meaning, if it is another passage than the snippet's. */
export function otherPassageNodes({ document, nearest, passage }) {
  if (!nearest || nearest.start === null || (nearest.start < passage.end && passage.start < nearest.end)) return [];
  return [" ", el("a", { href: documentAddress({ ...document, ...nearest }) }, "Another passage"), " is nearest in meaning."];
}

function wordNodes(words) {
  if (!words.length) return ["Has words of the query"];
  const shown = words.slice(0, MAX_WORDS).map((word) => el("b", {}, word));
  const more = words.length - shown.length;
  return [words.length === 1 ? "Has the word " : "Has the words ", ...enumerated(more ? [...shown, `${more} more`] : shown)];
}

/** Nodes with commas and an “and” between them. */
const enumerated = (nodes) => nodes.flatMap((node, index) => {
  if (!index) return [node];
  return [index === nodes.length - 1 ? " and " : ", ", node];
});

/** A sentence: where in its file the snippet is, and in which collection if several are searched. Empty if neither is known. */
export function placeOf({ document, location }, isOfAll) {
  const file = document.metadata.file ?? document.metadata.source;
  const place = location && `${location.unit} ${location.number}`;
  const inFile = place && typeof file === "string" ? `${place} of ${file}` : place;
  const words = [inFile, isOfAll && `in ${document.collection}`].filter(Boolean).join(", ");
  return words && `${words[0].toUpperCase()}${words.slice(1)}.`;
}
