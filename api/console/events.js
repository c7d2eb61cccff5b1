// The stream of changes, resumed where it broke off, and handed on once a frame.
//
// By fetch and not by EventSource, which gives up for good when it is answered an error.

import { emit } from "./signals.js";

const RETRY_MS = [250, 500, 1000, 2000];
const SILENCE_MS = 40_000; // the API says something every 15 s
const AWAY_MS = 60_000; // after longer, what is shown is read anew instead

let lastId = null;
let waiting = [];
let failures = 0;
let current = null;
let hiddenAt = 0;
let missed = false;

export function startEvents() {
  document.addEventListener("visibilitychange", () => (document.hidden ? pause() : resume()));
  window.addEventListener("pagehide", pause);
  if (!document.hidden) listen();
}

function pause() {
  hiddenAt = Date.now();
  current?.abort();
  current = null;
}

function resume() {
  if (current) return;
  if (Date.now() - hiddenAt > AWAY_MS) forget();
  emit("returned");
  listen();
}

/** Go on with what happens from now; what happened meanwhile is not heard of. */
function forget() {
  lastId = null;
  missed = true;
}

async function listen() {
  const mine = (current = new AbortController());
  while (mine === current) {
    emit("stream", failures ? "retrying" : "connecting");
    await follow(mine).catch(() => {});
    if (mine !== current) return;
    emit("stream", "retrying");
    const wait = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function follow(mine) {
  const attempt = new AbortController();
  const signal = AbortSignal.any([mine.signal, attempt.signal]);
  const headers = lastId ? { "last-event-id": lastId } : {};
  let silence = setTimeout(() => attempt.abort(), SILENCE_MS);
  try {
    const answer = await fetch("/v1/events", { headers, signal, cache: "no-store" });
    if (answer.status === 422) forget();
    if (!answer.ok) return;
    failures = 0;
    emit("stream", "live");
    if (missed) emit("missed");
    missed = false;
    const parser = new Parser();
    for await (const text of decoded(answer.body)) {
      clearTimeout(silence);
      silence = setTimeout(() => attempt.abort(), SILENCE_MS);
      parser.feed(text);
    }
  } finally {
    clearTimeout(silence);
  }
}

async function* decoded(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** Reads `text/event-stream`; events end at an empty line. */
class Parser {
  rest = "";
  fields = {};

  feed(text) {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop();
    for (const line of lines) this.take(line.replace(/\r$/, ""));
  }

  take(line) {
    if (line === "") return this.end();
    const [name, value] = line.split(/: ?(.*)/s, 2);
    if (name) this.fields[name] = value ?? "";
  }

  end() {
    const { id, event, data } = this.fields;
    this.fields = {};
    if (id) lastId = id;
    if (event === "document") queue(JSON.parse(data));
  }
}

function queue(change) {
  if (waiting.push(change) > 1) return;
  requestAnimationFrame(() => {
    const changes = waiting;
    waiting = [];
    emit("changes", changes);
  });
}
