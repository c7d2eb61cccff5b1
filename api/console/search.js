// Search as you type: the newest question alone is answered.

import * as address from "./address.js";
import { request } from "./api.js";
import { collection } from "./collection.js";
import { $, arrange, button, el, say } from "./dom.js";
import { readFilter, showFilterError, startFilter } from "./filter.js";
import { milliseconds, plural } from "./format.js";
import { HitRow } from "./hit.js";
import { emit, on } from "./signals.js";

const PAUSE_MS = 150;
const STEP = 10;
const MOST = 100;

let typing = null;
let asking = null;
let limit = STEP;
let degraded = false;
let hits = [];

export function startSearch() {
  startFilter(soon);
  $("query").value = address.read("q") ?? "";
  for (const choice of $("search").mode) choice.checked = choice.value === (address.read("mode") ?? "hybrid");
  $("query").addEventListener("input", soon);
  $("search").addEventListener("change", (event) => event.target.name === "mode" && soon());
  $("search").addEventListener("submit", (event) => { event.preventDefault(); anew(); });
  $("more-hits").addEventListener("click", () => { limit = Math.min(MOST, limit + STEP); ask(); });
  on("collection", anew);
  on("changes", (changes) => hits.forEach((hit) => hit.heard(changes)));
  on("missed", () => ask());
  on("status", () => degraded && !asking && ask(true)); // until the model server is back
  anew();
}

function soon() {
  clearTimeout(typing);
  typing = setTimeout(anew, PAUSE_MS);
}

function anew() {
  clearTimeout(typing);
  limit = STEP;
  ask();
}

/** Ask; `again` is what was answered by words alone, and worth showing only if it got its meaning back. */
async function ask(again = false) {
  asking?.abort();
  const question = read();
  if (!question) return;
  asking = new AbortController();
  const { signal } = asking;
  $("hits").setAttribute("aria-busy", "true");
  try {
    const answer = await request("/v1/search", { method: "POST", body: question, signal });
    if (!again || !answer.degraded) show(answer);
  } catch (problem) {
    if (!again && !signal.aborted) complain(problem);
  } finally {
    if (asking?.signal === signal) settle();
  }
}

function settle() {
  asking = null;
  $("hits").removeAttribute("aria-busy");
}

/** The question as the API takes it, or null where there is none. */
function read() {
  const q = $("query").value.trim();
  const mode = $("search").mode.value;
  const filter = readFilter();
  address.write({ q, mode: mode === "hybrid" ? "" : mode, ...(filter && { filter: written(filter) }) });
  if (filter && q) return { q, collection: collection(), mode, limit, filter };
  if (filter) clear();
  return null;
}

const written = (filter) => (Object.keys(filter).length ? JSON.stringify(filter) : "");

function clear() {
  degraded = false;
  hits = [];
  $("hits").replaceChildren();
  say($("summary"), "");
  $("degraded").replaceChildren();
  $("more-hits").hidden = $("ranking").hidden = true;
  $("search-hint").hidden = false;
}

function show(answer) {
  degraded = answer.degraded !== null;
  const focused = hits.find(({ element }) => element.contains(document.activeElement));
  hits = answer.hits.map((hit, place) => new HitRow(hit, place + 1));
  arrange($("hits"), hits.map(({ element }) => element));
  if (focused) hits.find((hit) => hit.is(focused.document))?.title.focus();
  $("search-hint").hidden = true;
  $("ranking").hidden = !hits.length;
  $("more-hits").hidden = hits.length < limit || limit >= MOST;
  notice(degraded && "By words alone: the model server does not answer. Meaning is back as soon as it is.");
  say($("summary"), summary(answer));
  emit("fields", [...new Set(answer.hits.flatMap(({ document }) => Object.keys(document.metadata)))]);
}

function summary({ hits: found, timings_ms: took, query_embedding }) {
  const parts = [found.length ? plural(found.length, "hit") : "Nothing found", `in ${milliseconds(took.total)}`];
  const embedding = { cached: "query embedding cached", computed: `query embedded in ${milliseconds(took.embed)}` }[query_embedding];
  const details = [embedding, `searched in ${milliseconds(took.query)}`].filter(Boolean);
  return `${parts.join(" ")}: ${details.join(", ")}.`;
}

function complain(problem) {
  const aboutFilter = problem.errors?.find(({ path }) => path[0] === "filter");
  if (aboutFilter) {
    const place = aboutFilter.path.slice(1).join(" ");
    return showFilterError(`${place || "The filter"} ${aboutFilter.message}`);
  }
  clear();
  $("search-hint").hidden = true;
  notice(problem.message, $("search").mode.value === "semantic" && problem.status === 503);
}

function notice(text, offerWords = false) {
  if ($("degraded").firstChild?.textContent === text) return;
  $("degraded").replaceChildren(...(text ? [el("p", {}, text)] : []));
  if (offerWords) {
    $("degraded").append(button("Search by words", () => { $("search").mode.value = "text"; anew(); }));
  }
}
