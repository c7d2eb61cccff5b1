// Says in words why a hit is there.

import { el } from "../lib/dom.js";
import { markedWords } from "./snippet.js";

const MAX_WORDS = 4;
const NEAR = 0.75; // of the greatest similarity among the hits

/** The similarity from which on a hit is called similar. One that is strong without a word of the query is strong by its meaning. */
export function nearFrom(hits) {
  const similarities = hits.map(({ scores }) => scores.semantic ?? 0);
  const byMeaning = hits.filter(({ relevance, ranks }) => relevance === "strong" && ranks.text === null);
  return Math.min(NEAR * Math.max(0, ...similarities), ...byMeaning.map(({ scores }) => scores.semantic));
}

/** Nodes that say what of the query the hit has. `near` is the similarity from which on it is similar in meaning. */
export function whyNodes(hit, near) {
  const isNear = hit.scores.semantic !== null && hit.scores.semantic >= near;
  if (hit.ranks.text === null) return [hit.relevance === "weak" ? "Somewhat similar in meaning" : "Similar in meaning"];
  const words = markedWords(hit.title_snippet, hit.snippet);
  return [...wordNodes(words), isNear && hit.relevance !== "weak" && ", and is similar in meaning"].filter(Boolean);
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
