// Says that the first hits are on their way, if that takes more than a moment.

import { $, setText } from "../lib/dom.js";
import { hideNoHits } from "./no_hits.js";
import { hideRecent } from "./recent.js";

const MOMENT_MS = 400; // a quick answer does not flash

let timer = null;

/** The first hits are awaited. A further search goes on waiting. */
export function awaitFirstHits() {
  timer ??= setTimeout(show, MOMENT_MS);
}

function show() {
  hideRecent();
  hideNoHits();
  setText($("search-summary"), "");
  $("hits-state").classList.add("skeleton");
  setText($("hits-state"), "Searching…");
}

export function endWait() {
  clearTimeout(timer);
  timer = null;
  $("hits-state").classList.remove("skeleton");
  setText($("hits-state"), "");
}
