// Pale lines where the first hits of a search will be.

import { $, setText } from "../lib/dom.js";
import { hideNoHits } from "./no_hits.js";
import { hideRecent } from "./recent.js";

const MOMENT_MS = 400; // a faster answer would make the lines flash

let timer = null;

/** Show the lines unless `endWait` is called soon. A further search does not delay them. */
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
