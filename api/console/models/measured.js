// The figures of a migration: what was measured before its start, and how it goes.

import { bytes, count, duration, plural, rate } from "../lib/format.js";
import { indexPhase } from "./words.js";

export function progressFigures({ progress, comparison }) {
  return [
    ["Pending", count(progress.pending ?? 0), "documents"],
    ["Failed", count(progress.failed ?? 0), "documents"],
    ["Rate", progress.documents_per_second ? rate(progress.documents_per_second) : "–", "documents per s"],
    ["Time left", about(progress.seconds_left), "at this rate"],
    ["Vector index", indexPhase(progress.index), "for fast searches"],
    ["Same hits", comparison ? percent(comparison.overlap_at_10) : "–", comparisonNote(comparison, progress.pending)],
  ];
}

export function preflightFigures(preflight) {
  return [
    ["Documents", known(preflight.documents, count), "to embed again"],
    ["Chunks", known(preflight.chunks, count), "estimated from a sample"],
    ["Tokens", known(preflight.tokens, count), "to embed, about"],
    ["Speed", known(preflight.chunks_per_second, rate), "chunks per s"],
    ["Time", about(preflight.seconds), "if nothing else is embedded"],
    ["Dimensions", known(preflight.dimensions, count), "numbers in a vector"],
    ["Text read", known(preflight.context_tokens, count), "tokens at most"],
    ["Table", known(preflight.table_bytes, bytes), "on disk"],
    ["Vector index", known(preflight.index_bytes, bytes), "on disk"],
  ];
}

/** What a change would take, in a sentence. */
export function estimateOf({ documents, chunks, tokens, seconds }) {
  const work = `${plural(documents, "document")} would be embedded again: about ${plural(chunks, "chunk")} with ${plural(tokens, "token")}.`;
  const time = seconds == null ? "How long it takes could not be measured." : `That takes about ${about(seconds)} if nothing else is embedded.`;
  return `${work} ${time} Nothing has been started.`;
}

const known = (value, format) => (value == null ? "–" : format(value));

const about = (seconds) => (seconds == null ? "–" : duration(Math.ceil(seconds)).replace(".0", ""));

const percent = (share) => `${Math.round(share * 100)}\u00a0%`;

function comparisonNote(comparison, pending) {
  if (!comparison) return "nothing compared yet";
  return `of the first ten${pending ? " so far" : ""}, ${plural(comparison.queries, "real query", "real queries")}`;
}
