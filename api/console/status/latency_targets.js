// Says in words what is slower than it should be, as GET /v1/stats measures it.

import { duration, milliseconds } from "../lib/format.js";

const PATIENCE_SECONDS = 30; // a document that waits longer than that waits long
const KINDS = [
  { name: "Searches are slow", targets: ["search_p50", "search_p99"] },
  { name: "Answers are slow", targets: ["first_token_p95"] },
];
const WORDS = {
  search_p50: (measured, target) => `Half of the searches of the last minute, in all collections, took up to ${measured} (target ${target}).`,
  search_p99: (measured, target) => `1 of 100 searches of the last minute, in all collections, took longer than ${measured} (target ${target}).`,
  first_token_p95: (measured, target) => `1 of 20 answers of the last 10 minutes began after more than ${measured} (target ${target}).`,
};
const LEAST = { search_p50: 10, search_p99: 100, first_token_p95: 20 }; // so many were measured; of fewer, one alone would decide

/** What is slow, each with a name of a few words and a text with the figures. */
export function whatIsSlow(stats) {
  const kinds = KINDS.map(({ name, targets }) => ({ name, text: missed(targets, stats.targets) }));
  return [...kinds, { name: "Embedding is slow", text: waiting(stats) }].filter(({ text }) => text);
}

/** What is as fast as it should be, with the figures. */
export function whatIsInTime({ targets }) {
  return sentences(Object.keys(WORDS), targets, true);
}

const missed = (names, targets) => sentences(names, targets, false);

const sentences = (names, targets, met) => names
  .filter((name) => targets[name].met === met && targets[name].count >= LEAST[name])
  .map((name) => WORDS[name](milliseconds(targets[name].measured_ms), milliseconds(targets[name].target_ms)))
  .join(" ");

/** While embedding is paused, that is the problem. */
function waiting({ oldest_pending_seconds: seconds, paused_reason: reason }) {
  if (reason || !(seconds > PATIENCE_SECONDS)) return "";
  return `A document has waited for ${duration(seconds)} to be embedded. Searches find it by words only.`;
}
