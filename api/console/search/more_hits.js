// The number of hits that are shown, and "More hits".

import { $, setText } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { shownHits } from "./hit_list.js";

const PAGE_SIZE = 10;
export const MAX_HITS = 100;

let limit = PAGE_SIZE;
let former = null; // the keys of the hits before a press on "More hits", until the others are shown

export const hitLimit = () => limit;

/** One hit more than are shown says whether there are others. */
export const askedHits = () => Math.min(MAX_HITS, limit + 1);

export function startMoreHits(search) {
  $("more-hits").addEventListener("click", () => {
    limit = Math.min(MAX_HITS, limit + PAGE_SIZE);
    former = new Set(shownHits().map(({ key }) => key));
    setText($("hits-news"), "");
    search();
  });
}

/** Begin with the first hits, or with as many as were shown before. */
export function resetHitLimit(number = PAGE_SIZE) {
  limit = number;
  former = null;
}

/** Offer more hits if there are any. After a press on "More hits", go on at the first new one. */
export function showMoreHits(areThereMore) {
  const found = shownHits();
  if (former) goOn(found.filter(({ key }) => !former.has(key)), found);
  former = null;
  $("more-hits").hidden = !areThereMore;
}

function goOn(added, found) {
  (added[0] ?? found.at(-1))?.title.focus();
  setText($("hits-news"), `${plural(added.length, "more hit")}.`);
}
