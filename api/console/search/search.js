// Searches while the user types. A new search cancels the previous one.

import { request } from "../lib/api.js";
import { $, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { showActiveFilters } from "./active_filters.js";
import { hideFacets, showFacets } from "./facets.js";
import { expectHits, showHits, shownHits, startHitList } from "./hit_list.js";
import { keepHits, keepPlace, keptPlace } from "./kept_hits.js";
import { hideRecent, showRecent } from "./recent.js";
import { isNewestFirst, readForm, startForm } from "./search_form.js";
import { isOfFilter, showFilterProblem, showNoHits, showNotice, showProblem, startWaysOut } from "./search_notices.js";
import { DEGRADED, summaryOf, timingOf } from "./search_words.js";

const TYPING_PAUSE_MS = 150;
const PAGE_SIZE = 10;
const MAX_HITS = 100;

let typingTimer = null;
let running = null; // aborts the search in progress
let limit = PAGE_SIZE;
let degraded = false;
let isFollowed = false; // whether changes have been received since a moment before the search
let place = null; // to return to, after the first search

export function startSearch() {
  history.scrollRestoration = "manual"; // the hits come later than the browser scrolls
  place = keptPlace();
  startForm(searchSoon, searchNow);
  startHitList(() => search());
  startWaysOut(searchNow);
  $("more-hits").addEventListener("click", () => { limit = Math.min(MAX_HITS, limit + PAGE_SIZE); search(); });
  window.addEventListener("pagehide", leave);
  on("signed-out", () => window.removeEventListener("pagehide", leave));
  on("collection-selected", searchNow);
  on("changes-missed", () => search());
  on("stream-state", repeatWhenLive);
  on("status", () => degraded && !running && search({ onlyIfRecovered: true }));
}

/** The first hits may be older than the stream of changes, so they are read once more when it begins. */
function repeatWhenLive(state) {
  if (state !== "live" || isFollowed) return;
  isFollowed = true;
  if (running || shownHits().length) search();
}

/** Search for what the address says. */
export function searchFromUrl() {
  limit = place?.limit ?? PAGE_SIZE;
  search();
}

/** Search for these words. */
export function searchFor(words) {
  $("query").value = words;
  searchNow();
}

function leave() {
  const focused = shownHits().find(({ element }) => element.contains(document.activeElement));
  keepPlace({ limit, scroll: window.scrollY, focused: focused?.key ?? null });
}

function searchSoon() {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(searchNow, TYPING_PAUSE_MS);
}

function searchNow() {
  clearTimeout(typingTimer);
  limit = PAGE_SIZE;
  place = null;
  search();
}

/** Search and show the answer. With `onlyIfRecovered`, leave the hits as they are unless meaning works again. */
async function search({ onlyIfRecovered = false } = {}) {
  running?.abort();
  const form = readForm();
  showActiveFilters();
  if (!form?.q) return form && clear();
  running = new AbortController();
  const { signal } = running;
  const body = { ...form, limit: isNewestFirst() ? MAX_HITS : limit };
  if (!onlyIfRecovered) $("hits").setAttribute("aria-busy", "true");
  expectHits();
  try {
    const answer = await request("/v1/search", { method: "POST", body, signal });
    if (!onlyIfRecovered || !answer.degraded) show(answer, body);
  } catch (problem) {
    if (!onlyIfRecovered && !signal.aborted) fail(problem);
  } finally {
    if (running?.signal === signal) finish();
  }
}

function finish() {
  running = null;
  $("hits").removeAttribute("aria-busy");
}

function clear() {
  finish();
  empty();
  hideFacets();
  showRecent();
}

function empty() {
  degraded = false;
  showHits([], {}, true);
  setText($("search-summary"), "");
  showNotice("");
  $("more-hits").hidden = $("ranking-help").hidden = $("results-bar").hidden = $("no-hits").hidden = true;
}

function fail(problem) {
  if (isOfFilter(problem)) return showFilterProblem(problem);
  empty();
  hideRecent();
  showProblem(problem);
}

function show(answer, body) {
  degraded = answer.degraded !== null;
  const found = isNewestFirst() ? newestFirst(answer.hits) : answer.hits;
  showHits(found, body, !isNewestFirst());
  keepHits(shownHits().map(({ passage, words }) => ({ ...passage, words })));
  hideRecent();
  $("results-bar").hidden = false;
  $("ranking-help").hidden = !found.length;
  $("more-hits").hidden = found.length < body.limit || body.limit >= MAX_HITS;
  showNotice(degraded && DEGRADED);
  showNoHits(!found.length, body);
  setText($("search-summary"), summaryOf(answer, isNewestFirst()));
  setText($("search-timing"), timingOf(answer));
  emit("fields-found", [...new Set(answer.hits.flatMap(({ document }) => Object.keys(document.metadata)))]);
  showFacets(body, answer.hits);
  returnToPlace();
}

const newestFirst = (found) =>
  found.toSorted((one, other) => Date.parse(other.document.updated_at) - Date.parse(one.document.updated_at));

function returnToPlace() {
  if (!place) return;
  const title = shownHits().find(({ key }) => key === place.focused)?.title;
  title?.focus({ preventScroll: true });
  if (place.scroll === null) title?.scrollIntoView({ block: "center" });
  else window.scrollTo(0, place.scroll);
  place = null;
}
