// How the system is, asked every two seconds while somebody looks.

import { request } from "./api.js";
import { emit } from "./signals.js";

const EVERY_MS = 2000;
const TIMEOUT_MS = 4000;

let timer = null;
let asking = false;

export function startStatus() {
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : ask()));
  ask();
}

function stop() {
  clearTimeout(timer);
}

async function ask() {
  stop();
  if (asking) return;
  asking = true;
  const [parts, stats] = await Promise.allSettled([
    request("/readyz", { timeout: TIMEOUT_MS }),
    request("/v1/stats", { timeout: TIMEOUT_MS }),
  ]);
  asking = false;
  emit("status", { parts: parts.value ?? null, stats: stats.value ?? null });
  if (!document.hidden) timer = setTimeout(ask, EVERY_MS);
}
