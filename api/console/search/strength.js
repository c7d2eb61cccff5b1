// How relevant a hit probably is, in words.

import { el } from "../lib/dom.js";
import { relevanceDrop } from "./relevance_bar.js";

const STRENGTHS = { strong: "Strong match", fair: "Fair match", weak: "Weak match" };
const ONLY_WEAK = "Only weak matches: no document is much like this one.";

export const strengthOf = (relevance) => STRENGTHS[relevance];

/** The strength of a similar document, or null if it is not known. */
export const similarityMark = ({ relevance }) =>
  relevance && el("small", { class: "similarity", "data-relevance": relevance }, relevanceDrop(relevance), STRENGTHS[relevance]);

/** What to say above similar documents. Empty if one of them is similar, or if that is not known. */
export const similarityNote = (hits) =>
  (hits.length && hits.every(({ relevance }) => relevance === "weak") ? ONLY_WEAK : "");
