// Reads a list again while something in it changes and the page is visible.

import { on } from "../lib/event_bus.js";

const INTERVAL_MS = 2000;
const PAUSE_FACTOR = 10; // the pause after a read is ten times as long as the read

/**
 * Call `load` with a signal now, again after `refresh()`, and while it returns true: then something changes by itself.
 * `readNow()` is for what the user does: it waits for nothing, and aborts a read in progress.
 */
export function refreshing(load) {
  let isDue = true;
  let reading = null; // aborts the read in progress
  let timer = null;

  function refresh() {
    isDue = true;
    if (!reading && timer === null) run();
  }

  function readNow() {
    isDue = true;
    reading?.abort();
    clearTimeout(timer);
    run();
  }

  async function run() {
    timer = reading = null;
    if (document.hidden || !isDue) return;
    isDue = false;
    const { signal } = (reading = new AbortController());
    const before = performance.now();
    const isChanging = await load(signal).catch(() => false); // the banner reports a lost connection
    if (signal.aborted) return;
    reading = null;
    isDue ||= isChanging;
    timer = setTimeout(run, Math.max(INTERVAL_MS, PAUSE_FACTOR * (performance.now() - before)));
  }

  on("page-visible", refresh);
  on("stream-state", (state) => state === "live" && refresh());
  on("import-changed", readNow);
  run();
  return { refresh, readNow };
}
