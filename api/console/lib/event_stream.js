// Follows GET /v1/events, resumes after an interruption, and publishes changes once per animation frame.
//
// Uses fetch because EventSource gives up permanently after an error response.

import { secondsUntilRetry } from "./api.js";
import { may } from "./caller.js";
import { emit, on } from "./event_bus.js";
import { EventParser, textOf } from "./event_parser.js";
import { fetchWithKey } from "./session.js";

const RETRY_MS = [250, 500, 1000, 2000];
const SILENCE_MS = 40_000; // the API sends something every 15 s
const ABSENCE_MS = 60_000; // after a longer absence the page reloads its data instead of resuming

let lastId = null;
let queue = [];
let failures = 0;
let connection = null;
let hiddenAt = 0;
let missed = false;
let retryMs = null; // as the API wishes

export function startEventStream() {
  document.addEventListener("visibilitychange", () => (document.hidden ? pause() : resume()));
  window.addEventListener("pagehide", pause);
  on("caller-read", () => !document.hidden && !connection && connect());
  if (!document.hidden) connect();
}

function pause() {
  hiddenAt = Date.now();
  connection?.abort();
  connection = null;
}

function resume() {
  if (connection) return;
  if (Date.now() - hiddenAt > ABSENCE_MS) skipMissedChanges();
  emit("page-visible");
  connect();
}

/** Continue with future changes only. */
function skipMissedChanges() {
  lastId = null;
  missed = true;
}

async function connect() {
  const mine = (connection = new AbortController());
  while (mine === connection) {
    if (!may("documents.read")) return stop();
    emit("stream-state", failures ? "retrying" : "connecting");
    await follow(mine.signal).catch(() => {});
    if (mine !== connection) return;
    emit("stream-state", "retrying");
    const delay = Math.max(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)], retryMs);
    await new Promise((resolve) => setTimeout(resolve, delay));
  }
}

function stop() {
  connection = null;
  emit("stream-state", "forbidden");
}

/** Read the stream until it ends, or until it is silent for too long. */
async function follow(connectionSignal) {
  const attempt = new AbortController();
  const abortLater = () => setTimeout(() => attempt.abort(), SILENCE_MS);
  let silence = abortLater();
  try {
    const response = await open(AbortSignal.any([connectionSignal, attempt.signal]));
    if (!response.ok) return;
    announceLive();
    const parser = new EventParser(receive);
    for await (const text of textOf(response.body)) {
      clearTimeout(silence);
      silence = abortLater();
      parser.feed(text);
    }
  } finally {
    clearTimeout(silence);
  }
}

async function open(signal) {
  const headers = lastId ? { "last-event-id": lastId } : {};
  const response = await fetchWithKey("/v1/events", () => ({ headers, signal }), signal);
  if (response.status === 422) skipMissedChanges(); // the API does not accept that id
  retryMs = 1000 * secondsUntilRetry(response);
  return response;
}

function announceLive() {
  failures = 0;
  emit("stream-state", "live");
  if (missed) emit("changes-missed");
  missed = false;
}

function receive({ id, event, data }) {
  if (id) lastId = id;
  if (event === "document") publish(JSON.parse(data));
  if (event === "migration") emit("migration-changed", JSON.parse(data));
  if (event === "missed") emit("changes-missed");
  if (event === "error") emit("access-changed"); // the last event of a stream that the API ends
}

function publish(change) {
  if (queue.push(change) > 1) return;
  requestAnimationFrame(() => {
    const changes = queue;
    queue = [];
    emit("documents-changed", changes);
  });
}
