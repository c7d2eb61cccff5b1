// The hits of the latest search, and what has become of them since.

import { $, setChildren, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { count } from "../lib/format.js";
import { keyOf } from "./document_key.js";
import { Hit } from "./hit.js";
import { levelsOf } from "./levels.js";

let hits = new Map(); // by collection and id, in the order of the page
let expected = null; // changes since the search began that is running

export function startHitList(searchAgain) {
  $("search-again").addEventListener("click", searchAgain);
  on("documents-changed", receive);
}

export const shownHits = () => [...hits.values()];

/** A search begins. Changes from now on may be missing in its hits. */
export function expectHits() {
  expected = [];
}

/** Show the hits of the search with this body. With `isRanked`, the weak ones at the end stand apart, otherwise the newest is first. */
export function showHits(ranked, body, isRanked) {
  const found = isRanked ? withLevels(ranked) : newestFirst(ranked);
  const focused = shownHits().find(({ title }) => title === document.activeElement);
  hits = new Map(found.map((hit) => [keyOf(hit.document), hitOf(hit, { body, isRanked, hits: found })]));
  arrange(isRanked ? startOfWeak(found) : found.length);
  apply(expected ?? []);
  expected = null;
  showOutdated();
  if (focused) hits.get(focused.key)?.title.focus();
}

/** A hit that is the same as before keeps its element, so that what is open stays open. */
function hitOf(hit, search) {
  const former = hits.get(keyOf(hit.document));
  const signature = JSON.stringify([hit, search.body.q, search.body.collection, search.isRanked]);
  if (former?.signature === signature && !former.change) return former;
  return Object.assign(new Hit(hit, search), { signature });
}

function withLevels(ranked) {
  const levels = levelsOf(ranked);
  return ranked.map((hit, index) => ({ ...hit, relevance: levels[index] }));
}

const newestFirst = (found) =>
  found.toSorted((one, other) => Date.parse(other.document.updated_at) - Date.parse(one.document.updated_at));

function arrange(weakFrom) {
  const elements = shownHits().map(({ element }) => element);
  setChildren($("main-hits"), elements.slice(0, weakFrom));
  setChildren($("weak-hits"), elements.slice(weakFrom));
  $("weaker").hidden = weakFrom === elements.length;
  setText($("weaker-title"), weakFrom ? "Weaker matches" : "Only weak matches");
}

/** The index from which on all hits are weak. */
const startOfWeak = (found) => found.findLastIndex(({ relevance }) => relevance !== "weak") + 1;

function receive(changes) {
  expected?.push(...changes);
  if (apply(changes)) showOutdated();
}

/** Apply changes to the hits. Return whether a hit is different now. */
function apply(changes) {
  let isDifferent = false;
  for (const change of changes) isDifferent = hits.get(keyOf(change))?.apply(change) || isDifferent;
  return isDifferent;
}

function showOutdated() {
  const number = shownHits().filter(({ change }) => change).length;
  $("outdated").hidden = !number;
  setText($("outdated-text"), number ? `${count(number)} of these hits ${number === 1 ? "has" : "have"} changed since this search.` : "");
}
