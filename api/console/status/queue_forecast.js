// Estimates when the queue will be empty.

import { duration } from "../lib/format.js";

const MIN_WAIT_SECONDS = 3;

/** A sentence, or "" if no document has waited for long or the rate is unknown. */
export function queueForecast(stats) {
  const { documents, embedded_per_second: rate, oldest_pending_seconds: oldest, paused_reason: paused } = stats;
  if (paused || !rate || !documents.pending || oldest < MIN_WAIT_SECONDS) return "";
  const remaining = duration(Math.ceil(documents.pending / rate)).replace(".0", "");
  return `The queue will be empty in about ${remaining}, at the rate of the last minute.`;
}
