// Reads whether the chat model answers, more seldom than the rest of the status: each time its server is asked.

import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { emit, on } from "../lib/event_bus.js";

const INTERVAL_MS = 30_000;

let timer = null;

export function startChatStatus() {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : read()));
  on("answer-ended", read);
  read();
}

async function read() {
  clearTimeout(timer);
  const [{ value }] = await Promise.allSettled([may("ask") ? request("/v1/ask/status") : null]);
  if (value) emit("chat-read", value);
  clearTimeout(timer); // another reading may have set it
  if (!document.hidden) timer = setTimeout(read, INTERVAL_MS);
}
