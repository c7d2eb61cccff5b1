// Says in words what is slower than it should be, as GET /v1/stats measures it.

import { duration, milliseconds } from "../lib/format.js";

const PATIENCE_SECONDS = 30; // a document that waits longer than that waits long
const KINDS = [
  { name: "Searches are slow", targets: ["search_p50", "search_p99"] },
  { name: "Answers are slow", targets: ["first_token_p95"] },
];
const HALF = (measured, target) => `Half of the searches took up to ${measured} (target ${target}).`;
const LATE = {
  search_p50: HALF,
  search_p99: (measured, target) => `1 of 100 took longer than ${measured} (target ${target}).`,
  first_token_p95: (measured, target) => `1 of 20 answers began later than after ${measured} (target ${target}).`,
};
const IN_TIME = {
  search_p50: HALF,
  search_p99: (measured, target) => `99 of 100 searches took up to ${measured} (target ${target}).`,
  first_token_p95: (measured, target) => `95 of 100 answers began within ${measured} (target ${target}).`,
};

/** What is slow, each with a name of a few words and a text with the figures. */
export function whatIsSlow(stats) {
  const kinds = KINDS.map(({ name, targets }) => ({ name, text: missed(targets, stats.targets) }));
  return [...kinds, { name: "Embedding is slow", text: waiting(stats) }].filter(({ text }) => text);
}

/** What is as fast as it should be, with the figures. */
export function whatIsInTime({ targets }) {
  const names = Object.keys(IN_TIME).filter((name) => targets[name].met);
  return names.map((name) => sentence(IN_TIME[name], targets[name])).join(" ");
}

const missed = (names, targets) => names.filter((name) => targets[name].met === false).map((name) => sentence(LATE[name], targets[name])).join(" ");

const sentence = (words, { measured_ms: measured, target_ms: target }) => words(milliseconds(measured), milliseconds(target));

/** While embedding is paused, that is the problem. */
function waiting({ oldest_pending_seconds: seconds, paused_reason: reason }) {
  if (reason || !(seconds > PATIENCE_SECONDS)) return "";
  return `A document has waited for ${duration(seconds)} to be embedded. Searches find it by words only.`;
}
