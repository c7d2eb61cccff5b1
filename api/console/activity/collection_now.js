// The counts and the model of the chosen collection, read as often as the statistics while the page is visible.

import { collection, mayExist } from "../documents/collection.js";
import { collectionPath, request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { on } from "../lib/event_bus.js";

const TIMEOUT_MS = 15_000;
const REST = 10; // a count of many documents takes long: rest for so many times as long as it took
const NOTHING = { documents: { total: 0, pending: 0, ready: 0, failed: 0 }, model: null, paused_reason: null };

let reading = null; // the request that is under way
let restsUntil = 0;
let areKnown = false;

/** Call `show` with the collection; null if it cannot be read. */
export function startCollectionNow(show) {
  on("collections-read", () => {
    const isFirst = !areKnown;
    areKnown = true;
    if (isFirst) read(show);
  });
  on("status", () => !reading && Date.now() >= restsUntil && read(show));
  on("collection-selected", () => read(show));
}

async function read(show) {
  reading?.abort();
  reading = null;
  const name = collection();
  if (!areKnown || !may("documents.read", name)) return show(null);
  if (!mayExist(name)) return show(NOTHING); // to ask for it before its first document would be an error
  const mine = (reading = new AbortController());
  const started = Date.now();
  const found = await readCollection(name, mine.signal);
  if (mine !== reading) return;
  reading = null;
  restsUntil = Date.now() + REST * (Date.now() - started);
  show(found);
}

async function readCollection(name, signal) {
  try {
    return await request(collectionPath(name), { timeout: TIMEOUT_MS, signal });
  } catch (problem) {
    return problem.status === 404 ? NOTHING : null;
  }
}
