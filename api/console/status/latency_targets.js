// Says whether the latency targets are met, as GET /v1/stats measures them.

import { milliseconds } from "../lib/format.js";

const TARGETS = {
  search: { names: ["search_p50", "search_p99"], missed: "Searches are slower than the target:" },
  answers: { names: ["first_token_p95"], missed: "Answers begin later than the target:" },
};

/** Sentences, or "" if nothing was measured. */
export function latencyTargets(targets) {
  const measured = Object.values(targets).filter(({ met }) => met !== null);
  if (!measured.length) return "";
  if (measured.every(({ met }) => met)) return "The latency targets are met.";
  return Object.values(TARGETS).map((kind) => missedSentence(kind, targets)).filter(Boolean).join(" ");
}

function missedSentence({ names, missed }, targets) {
  const figures = names.filter((name) => targets[name].met === false).map((name) => comparison(name, targets[name]));
  return figures.length ? `${missed} ${figures.join("; ")}.` : "";
}

const comparison = (name, { measured_ms: measured, target_ms: target }) =>
  `${name.split("_").at(-1)} ${milliseconds(measured)}, target ${milliseconds(target)}`;
