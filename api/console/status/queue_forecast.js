// Says when the queue will be empty, as GET /v1/stats estimates it.

import { duration } from "../lib/format.js";

/** A sentence, or "" if there is no estimate. */
export function queueForecast({ queue_empty_seconds: seconds }) {
  if (seconds == null) return "";
  return `The queue will be empty in about ${duration(Math.ceil(seconds)).replace(".0", "")}.`;
}
