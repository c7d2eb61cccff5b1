// The timeline of a document, from its writing until it is ready, as far as it is known.

import { documentPath, request } from "../lib/api.js";
import { $, el } from "../lib/dom.js";
import { count, dateTime, duration, milliseconds, plural } from "../lib/format.js";

const KINDS = {
  file_received: () => "The file arrived",
  file_claimed: () => "A worker began to read the file",
  file_read: () => "The file was read",
  file_failed: () => "The file could not be read",
  created: () => "Created",
  text_written: ({ version }) => `Text of version ${count(version)} written`,
  metadata_changed: ({ version }) => `Metadata of version ${count(version)} written`,
  queued: ({ model }) => `Waiting for ${model}`,
  failed: ({ model }) => `Failed at ${model}`,
  embedded: ({ model }) => `Ready, by ${model}`,
};
const ROLES = { active: "searches use it", building: "a migration builds it", previous: "used before" };
const LONG_MS = 90_000; // after a longer time, the date says more than what has passed

let latest = 0;

/** Read and show the timeline of a document. Where it is not known, nothing is shown. */
export async function showTimeline({ id, collection }) {
  const number = ++latest;
  try {
    const found = await request(`${documentPath(id)}/timeline`, { query: { collection } });
    if (number === latest) show(found);
  } catch {
    if (number === latest) $("timeline").hidden = true; // the document itself says what is wrong
  }
}

function show({ events, models }) {
  $("events").replaceChildren(...events.map((event, index) => itemOf(event, events[index - 1])));
  const rows = models.length > 1 || models.some(({ status }) => status !== "ready") ? models : [];
  $("document-models").replaceChildren(...rows.map((model) => el("li", {}, modelInWords(model))));
  $("timeline").hidden = !events.length;
}

function itemOf(event, previous) {
  const { at, kind, detail } = event;
  const text = KINDS[kind]?.(event) ?? kind.replaceAll("_", " ");
  return el("li", { class: "timeline-event", "data-kind": kind },
    el("span", {}, text),
    el("time", { datetime: at, title: new Date(at).toLocaleString() }, whenInWords(at, previous?.at)),
    detail && el("p", { class: "error" }, detail));
}

function whenInWords(at, before) {
  const passed = Date.parse(at) - Date.parse(before);
  if (!(passed <= LONG_MS)) return dateTime(at);
  return passed <= 0 ? "at once" : `${milliseconds(passed)} later`;
}

function modelInWords({ model, role, status, claimed, attempts, queued_at, error }) {
  const state = claimed ? "a worker has it now" : status;
  const waits = queued_at && status === "pending" && `for ${duration((Date.now() - Date.parse(queued_at)) / 1000)}`;
  const tried = attempts > 0 && plural(attempts, "attempt");
  const next = error?.retry_at && `next attempt ${dateTime(error.retry_at)}`;
  return `${model} (${ROLES[role] ?? role}): ${[state, waits, tried, next].filter(Boolean).join(", ")}`;
}
