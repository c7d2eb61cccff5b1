// Searches while the user types. A new search cancels the previous one.

import { collection } from "../documents/collection.js";
import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, button, el, setChildren, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { milliseconds, plural } from "../lib/format.js";
import * as urlState from "../lib/url_state.js";
import { filterParameter, readFilter, showFilterError, startFilter } from "./filter.js";
import { Hit } from "./hit.js";

const TYPING_PAUSE_MS = 150;
const PAGE_SIZE = 10;
const MAX_HITS = 100;
const DEGRADED = "Results match words only, because the model server is not answering. " +
  "Search by meaning resumes automatically.";

let typingTimer = null;
let running = null; // aborts the search in progress
let limit = PAGE_SIZE;
let degraded = false;
let hits = [];

export function startSearch() {
  startFilter(searchSoon);
  $("query").value = urlState.read("q") ?? "";
  for (const option of $("search").mode) option.checked = option.value === (urlState.read("mode") ?? "hybrid");
  $("query").addEventListener("input", searchSoon);
  $("search").addEventListener("change", (event) => event.target.name === "mode" && searchSoon());
  $("search").addEventListener("submit", (event) => { event.preventDefault(); searchNow(); });
  $("more-hits").addEventListener("click", () => { limit = Math.min(MAX_HITS, limit + PAGE_SIZE); search(); });
  document.addEventListener("keydown", focusOnSlash);
  on("collection-selected", searchNow);
  on("documents-changed", (changes) => hits.forEach((hit) => hit.applyChanges(changes)));
  on("changes-missed", () => search());
  on("status", () => degraded && !running && search({ onlyIfRecovered: true }));
}

/** Search for what the address says. */
export function searchFromUrl() {
  searchNow();
}

function focusOnSlash(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  $("query").focus();
}

function searchSoon() {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(searchNow, TYPING_PAUSE_MS);
}

function searchNow() {
  clearTimeout(typingTimer);
  limit = PAGE_SIZE;
  search();
}

/** Search and show the answer. With `onlyIfRecovered`, leave the hits as they are unless meaning works again. */
async function search({ onlyIfRecovered = false } = {}) {
  running?.abort();
  const body = requestBody();
  if (!body) return;
  running = new AbortController();
  const { signal } = running;
  $("hits").setAttribute("aria-busy", "true");
  try {
    const answer = await request("/v1/search", { method: "POST", body, signal });
    if (!onlyIfRecovered || !answer.degraded) show(answer);
  } catch (problem) {
    if (!onlyIfRecovered && !signal.aborted) showProblem(problem);
  } finally {
    if (running?.signal === signal) finish();
  }
}

function finish() {
  running = null;
  $("hits").removeAttribute("aria-busy");
}

/** The body of the request, or null if the query is empty or the filter is invalid. */
function requestBody() {
  const q = $("query").value.trim();
  const mode = $("search").mode.value;
  const filter = readFilter();
  urlState.write({ q, mode: mode === "hybrid" ? "" : mode, ...(filter && { filter: filterParameter(filter) }) });
  if (filter && q && may("search", collection())) return { q, collection: collection(), mode, limit, filter };
  if (filter) clear();
  return null;
}

function clear() {
  degraded = false;
  hits = [];
  $("hits").replaceChildren();
  setText($("search-summary"), "");
  $("search-notice").replaceChildren();
  $("more-hits").hidden = $("ranking-help").hidden = true;
  $("search-hint").hidden = false;
}

function show(answer) {
  degraded = answer.degraded !== null;
  showHits(answer.hits);
  $("search-hint").hidden = true;
  $("ranking-help").hidden = !hits.length;
  $("more-hits").hidden = hits.length < limit || limit >= MAX_HITS;
  showNotice(degraded && DEGRADED);
  setText($("search-summary"), summaryOf(answer));
  emit("fields-found", [...new Set(answer.hits.flatMap(({ document }) => Object.keys(document.metadata)))]);
}

function showHits(found) {
  const focused = hits.find(({ element }) => element.contains(document.activeElement));
  hits = found.map((hit, index) => new Hit(hit, index + 1));
  setChildren($("hits"), hits.map(({ element }) => element));
  if (focused) hits.find((hit) => hit.isOf(focused.document))?.title.focus();
}

function summaryOf({ hits: found, timings_ms: took, query_embedding }) {
  const result = `${found.length ? plural(found.length, "hit") : "No hits"} in ${milliseconds(took.total)}`;
  const embedding = { cached: "query embedding cached", computed: `query embedded in ${milliseconds(took.embed)}` }[query_embedding];
  const details = [embedding, `searched in ${milliseconds(took.query)}`].filter(Boolean);
  return `${result}: ${details.join(", ")}.`;
}

function showProblem(problem) {
  const filterError = problem.errors?.find(({ path }) => path[0] === "filter");
  if (filterError) {
    const field = filterError.path.slice(1).join(" ");
    return showFilterError(`${field || "The filter"} ${filterError.message}`);
  }
  clear();
  $("search-hint").hidden = true;
  showNotice(problem.message);
  if (problem.status === 503 && $("search").mode.value === "semantic") offerWords();
}

function showNotice(text) {
  if ($("search-notice").firstChild?.textContent === text) return;
  $("search-notice").replaceChildren(...(text ? [el("p", {}, text)] : []));
}

function offerWords() {
  $("search-notice").append(button("Search by words", () => { $("search").mode.value = "text"; searchNow(); }));
}
