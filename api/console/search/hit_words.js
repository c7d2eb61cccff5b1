// Says in words why a hit is there.

import { documentAddress } from "../lib/document_address.js";
import { el } from "../lib/dom.js";
import { hadWords } from "./had_words.js";
import { readQuery } from "./query_syntax.js";
import { markedWords } from "./snippet.js";

const MAX_WORDS = 4;

/** Nodes that say what of the query the hit has. A weak hit is not called similar. */
export function whyNodes(hit, query) {
  const { relevance, relevance_by_meaning } = hit;
  const isWeak = relevance === "weak";
  const had = hadNodes(hit, query);
  if (!had.length) return [isWeak ? "Not very similar in meaning" : "Similar in meaning"];
  const isSimilar = !isWeak && ["strong", "fair"].includes(relevance_by_meaning);
  return ["Has ", ...had, isSimilar && ", and is similar in meaning"].filter(Boolean);
}

/** The phrases and words that the hit has. Every hit has each phrase of the query, unless they are alternatives. */
function hadNodes({ title_snippet, snippet, ranks }, query) {
  const { phrases, words, alternatives } = readQuery(query);
  const required = alternatives ? [] : phrases;
  const marks = ranks.text === null ? [] : markedWords(title_snippet, snippet);
  const had = required.length ? hadWords(words, marks).filter(({ isOther }) => !isOther) : hadWords(query, marks);
  const parts = [named("phrase", required.map(bold)), named("word", had.map(wordNode))].filter(({ length }) => length);
  if (parts.length) return parts.flatMap((nodes, index) => (index ? [" and ", ...nodes] : nodes));
  return ranks.text === null ? [] : ["words of the query"];
}

/** Nodes that lead to the chunk nearest in meaning, if it is another passage than the snippet's. */
export function otherPassageNodes({ document, nearest, passage }) {
  if (!nearest || nearest.start === null || (nearest.start < passage.end && passage.start < nearest.end)) return [];
  return [" ", el("a", { href: documentAddress({ ...document, ...nearest }) }, "Another passage"), " is nearest in meaning."];
}

const bold = (text) => el("b", {}, text);

const wordNode = ({ text, form }) => (form ? el("span", {}, bold(text), ` (as ${form})`) : bold(text));

function named(kind, nodes) {
  const shown = nodes.slice(0, MAX_WORDS);
  const more = nodes.length - shown.length;
  if (!shown.length) return [];
  return [`the ${kind}${nodes.length === 1 ? "" : "s"} `, ...enumerated(more ? [...shown, `${more} more`] : shown)];
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
