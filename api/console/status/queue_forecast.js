// Says how many documents are pending, and when the queue will be empty, as GET /v1/stats estimates it.

import { duration, plural } from "../lib/format.js";

/** Sentences about the documents of all collections, or "" if none is pending. */
export function queueForecast({ documents, queue_empty_seconds: seconds }) {
  const pending = documents.pending ? `Pending in all collections: ${plural(documents.pending, "document")}. ` : "";
  const end = seconds == null ? "" : `The queue will be empty in about ${duration(Math.ceil(seconds)).replace(".0", "")}.`;
  return (pending + end).trim();
}
