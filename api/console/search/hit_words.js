// Says in words why a hit is there.

import { el } from "../lib/dom.js";
import { markedWords } from "./snippet.js";

const MAX_WORDS = 4;
const NEAR = 0.75; // of the greatest similarity among the hits

/** The similarity from which on a hit of a query is called similar. The hits have the relevance that the API gave them. */
export function nearFrom(hits, query) {
  const greatest = (some) => Math.max(0, ...some.map(({ scores }) => scores.semantic ?? 0));
  return Math.min(NEAR * greatest(hits), ...strongByMeaning(hits, query, greatest).map(({ scores }) => scores.semantic));
}

/** The hits that their words alone would not make strong. Words do so only if all are there, and a similarity from some value on. */
function strongByMeaning(hits, query, greatest) {
  const strong = hits.filter(({ relevance }) => relevance === "strong");
  const tooLow = greatest(hits.filter(({ relevance }) => relevance && relevance !== "strong"));
  const found = new Map(hits.map((hit) => [hit, markedWords(hit.title_snippet, hit.snippet).map((word) => word.toLowerCase())]));
  const sought = wordsOf(query).filter((word) => hits.some((hit) => isAmong(found.get(hit), word))); // no stop words
  const lacksWord = (hit) => sought.some((word) => !isAmong(found.get(hit), word));
  return strong.filter((hit) => hit.ranks.text === null || (hit.scores.semantic > tooLow && lacksWord(hit)));
}

const wordsOf = (text) => (text ?? "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Whether a word is among others in any form: by its beginning, as endings differ. */
const isAmong = (words, word) => words.some((each) => each.startsWith(word.slice(0, Math.max(3, word.length - 3))));

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
