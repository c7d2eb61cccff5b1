// Says in words what is slower than it should be, as GET /v1/stats measures it.

import { duration, milliseconds } from "../lib/format.js";

const PATIENCE_SECONDS = 30; // a document that waits longer than that waits long
const KINDS = [
  { name: "Searches are slow", targets: ["search_p50", "search_p99"] },
  { name: "Answers are slow", targets: ["first_token_p95"] },
];
const SENTENCES = {
  search_p50: (measured, target) => `Half of the searches took up to ${measured} (target ${target}).`,
  search_p99: (measured, target) => `1 of 100 took longer than ${measured} (target ${target}).`,
  first_token_p95: (measured, target) => `1 of 20 answers began later than after ${measured} (target ${target}).`,
};

/** What is slow, each with a name of a few words and a text with the figures. */
export function whatIsSlow(stats) {
  const kinds = KINDS.map(({ name, targets }) => ({ name, text: missed(targets, stats.targets) }));
  return [...kinds, { name: "Embedding is slow", text: waiting(stats) }].filter(({ text }) => text);
}

export function areTargetsMet({ targets }) {
  const measured = Object.values(targets).filter(({ met }) => met !== null);
  return measured.length > 0 && measured.every(({ met }) => met);
}

const missed = (names, targets) => names.filter((name) => targets[name].met === false).map((name) => sentence(name, targets[name])).join(" ");

const sentence = (name, { measured_ms: measured, target_ms: target }) => SENTENCES[name](milliseconds(measured), milliseconds(target));

/** While embedding is paused, that is the problem. */
function waiting({ oldest_pending_seconds: seconds, paused_reason: reason }) {
  if (reason || !(seconds > PATIENCE_SECONDS)) return "";
  return `A document has waited for ${duration(seconds)} to be embedded. Searches find it by words only.`;
}
