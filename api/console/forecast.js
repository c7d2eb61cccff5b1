// When the queue will be empty, as far as that can be said.

import { duration } from "./format.js";

const SOON_SECONDS = 3;

/** A sentence, or "" where nothing waits for long or no pace is known. */
export function forecast({ documents, embedded_per_second: pace, oldest_pending_seconds: oldest, paused_reason: paused }) {
  if (paused || !pace || !documents.pending || oldest < SOON_SECONDS) return "";
  const left = duration(Math.ceil(documents.pending / pace)).replace(".0", "");
  return `Queue empty in about ${left}, at the pace of the last minute`;
}
