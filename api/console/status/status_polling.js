// Reads the system's status every two seconds while the page is visible.

import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { emit } from "../lib/event_bus.js";
import { startChatStatus } from "./chat_status.js";

const INTERVAL_MS = 2000;
const TIMEOUT_MS = 4000;

let timer = null;
let reading = false;

export function startStatusPolling() {
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : poll()));
  poll();
  startChatStatus();
}

function stop() {
  clearTimeout(timer);
}

async function poll() {
  stop();
  if (reading) return;
  reading = true;
  const [components, stats] = await Promise.allSettled([
    request("/readyz", { timeout: TIMEOUT_MS }),
    may("stats") ? request("/v1/stats", { timeout: TIMEOUT_MS }) : null,
  ]);
  reading = false;
  emit("status", { components: components.value ?? null, stats: stats.value ?? null });
  const delay = Math.max(INTERVAL_MS, 1000 * (stats.reason?.retryAfter ?? 0));
  if (!document.hidden) timer = setTimeout(poll, delay);
}
