// Searches while the user types. A new search cancels the previous one.

import { requestHits } from "../lib/api.js";
import { $, hide, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { showActiveFilters } from "./active_filters.js";
import { hideFacets, showFacets, showTotal } from "./facets.js";
import { awaitFirstHits, endWait } from "./first_hits.js";
import { expectHits, showHits, shownHits, startHitList } from "./hit_list.js";
import { keepHits } from "./kept_hits.js";
import { askedHits, hitLimit, MAX_HITS, resetHitLimit, showMoreHits, startMoreHits } from "./more_hits.js";
import { hideNoHits, showNoHits } from "./no_hits.js";
import { forgetPlace, limitOfPlace, returnToPlace, startPlace } from "./place.js";
import { hideRecent, showRecent } from "./recent.js";
import { isNewestFirst, readForm, startForm } from "./search_form.js";
import { isOfFilter, showFilterProblem, showNotice, showProblem, startWaysOut } from "./search_notices.js";
import { DEGRADED, summaryOf, timingOf } from "./search_words.js";
import { hideMissingWords, showMissingWords } from "./unknown_words.js";

const TYPING_PAUSE_MS = 150;

let typingTimer = null;
let running = null; // aborts the search in progress
let degraded = false;
let isFollowed = false; // whether changes have been received since a moment before the search

export function startSearch() {
  startPlace();
  startForm(searchSoon, searchNow);
  startHitList(() => search());
  startWaysOut(searchNow);
  startMoreHits(() => search());
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
  resetHitLimit(limitOfPlace());
  search();
}

/** Search for these words. */
export function searchFor(words) {
  $("query").value = words;
  searchNow();
}

function searchSoon() {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(searchNow, TYPING_PAUSE_MS);
}

function searchNow() {
  clearTimeout(typingTimer);
  resetHitLimit();
  forgetPlace();
  search();
}

/** Search and show the answer. With `onlyIfRecovered`, leave the hits as they are unless meaning works again. */
async function search({ onlyIfRecovered = false } = {}) {
  running?.abort();
  const form = readForm();
  showActiveFilters();
  if (!form?.q) return form ? clear() : refuse();
  running = new AbortController();
  const { signal } = running;
  const body = { ...form, limit: isNewestFirst() ? MAX_HITS : askedHits() };
  if (!onlyIfRecovered) beBusy();
  expectHits();
  try {
    const answer = await requestHits(body, signal);
    if (!onlyIfRecovered || !answer.degraded) show(answer, body);
  } catch (problem) {
    if (!onlyIfRecovered && !signal.aborted) fail(problem);
  } finally {
    if (running?.signal === signal) finish();
  }
}

function beBusy() {
  $("hits").setAttribute("aria-busy", "true");
  if (!shownHits().length) awaitFirstHits();
}

function finish() {
  running = null;
  endWait();
  $("hits").removeAttribute("aria-busy");
}

function clear() {
  refuse();
  showRecent();
}

/** The hits of a former search do not stay beside what is wrong with this one. */
function refuse() {
  finish();
  empty();
  hideFacets();
  hideRecent();
}

function empty() {
  degraded = false;
  showHits([], {}, true);
  setText($("search-summary"), "");
  showNotice("");
  hideNoHits();
  hideMissingWords();
  hide($("results-bar"), $("page-title"));
  for (const id of ["more-hits", "ranking-help", "skip-to-hits"]) $(id).hidden = true;
}

function fail(problem) {
  refuse();
  if (isOfFilter(problem)) showFilterProblem(problem);
  else showProblem(problem);
}

function show(answer, body) {
  degraded = answer.degraded !== null;
  const hits = isNewestFirst() ? answer.hits : answer.hits.slice(0, hitLimit());
  showHits(hits, body, !isNewestFirst());
  keepHits(shownHits().map(({ passage, words }) => ({ ...passage, words })));
  hideRecent();
  $("results-bar").hidden = false;
  $("ranking-help").hidden = $("skip-to-hits").hidden = !hits.length;
  showMoreHits(answer.hits.length > hits.length);
  showNotice(degraded && DEGRADED);
  if (hits.length) hideNoHits();
  else showNoHits(body, degraded || body.mode === "text");
  setText($("search-summary"), summaryOf({ ...answer, hits }, isNewestFirst(), body));
  setText($("search-timing"), timingOf(answer));
  emit("fields-found", [...new Set(hits.flatMap(({ document }) => Object.keys(document.metadata)))]);
  showTotal(answer.total);
  showFacets(body, hits);
  showMissingWords(body, shownHits());
  returnToPlace();
}
