// Reads a list again while something in it changes and the page is visible.

import { on } from "../lib/event_bus.js";

const INTERVAL_MS = 2000;
const PAUSE_FACTOR = 10; // the pause after a read is ten times as long as the read

/** Call `load` now, and again after `refresh()` and while it returns true: then something changes by itself. */
export function refreshing(load) {
  let isDue = true;
  let isLoading = false;
  let timer = null;

  function refresh() {
    isDue = true;
    if (!isLoading && timer === null) run();
  }

  async function run() {
    timer = null;
    if (document.hidden || !isDue) return;
    isDue = false;
    isLoading = true;
    const before = performance.now();
    const isChanging = await load().catch(() => false); // the banner reports a lost connection
    isLoading = false;
    isDue ||= isChanging;
    timer = setTimeout(run, Math.max(INTERVAL_MS, PAUSE_FACTOR * (performance.now() - before)));
  }

  on("page-visible", refresh);
  on("stream-state", (state) => state === "live" && refresh());
  on("import-changed", refresh);
  run();
  return refresh;
}
