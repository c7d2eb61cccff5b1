// Counts of the values of metadata beside the hits. A press on a value filters by it.

import { request } from "../lib/api.js";
import { $, hide, setText } from "../lib/dom.js";
import { facetFields } from "./facet_fields.js";
import { showFacetGroups } from "./facet_groups.js";

const FRESH_MS = 10_000;
const wide = matchMedia("(min-width: 64.01rem)");

let shown = ""; // the collection, filter and fields that were counted last
let shownAt = -FRESH_MS;
let counting = null; // aborts the request in progress
let isUseful = false; // whether there is something to narrow down by
let isOpen = false; // on a phone

export function startFacets() {
  wide.addEventListener("change", place);
  $("facets-toggle").addEventListener("click", () => { isOpen = !isOpen; arrange(); });
  place();
}

/** On a wide screen the facets stand beside the hits, on a phone above them. */
function place() {
  (wide.matches ? $("results-bar").parentElement : $("results-bar")).after($("facets"));
  arrange();
}

/** On a phone the user opens the facets. */
function arrange() {
  $("facets").hidden = !isUseful || !(wide.matches || isOpen);
  $("facets-toggle").hidden = !isUseful || wide.matches;
  $("facets-toggle").setAttribute("aria-expanded", String(isOpen));
  $("skip-to-facets").hidden = !isUseful || !wide.matches;
}

/** Count the values of the fields that the hits have, unless that was done just now. */
export async function showFacets({ q, collection, filter }, hits) {
  const facets = facetFields(collection, filter, hits);
  const key = JSON.stringify([collection, filter, facets]);
  counting?.abort();
  if (key === shown && performance.now() - shownAt < FRESH_MS) return;
  if (!facets.length) return hideFacets();
  counting = new AbortController();
  const { signal } = counting;
  const body = { q, collection, filter, facets, mode: "text", limit: 1 };
  try {
    const answer = await request("/v1/search", { method: "POST", body, signal });
    if (signal.aborted) return;
    [shown, shownAt] = [key, performance.now()];
    setText($("facets-note"), noteOf(collection, filter));
    isUseful = showFacetGroups(answer.facets, filter);
    arrange();
  } catch {
    if (!signal.aborted) hideFacets(); // the hits are there, and a filter can be entered
  }
}

export function hideFacets() {
  counting?.abort();
  shown = "";
  isUseful = false;
  hide($("facets"), $("page-title"));
  arrange();
}

/** Which documents are counted: the query does not matter. */
function noteOf(collection, filter) {
  const all = collection === "*" ? "all collections" : "the collection";
  return `Counts of ${all}${Object.keys(filter).length ? ", with the filter" : ""}`;
}
