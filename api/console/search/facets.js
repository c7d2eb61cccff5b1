// Counts of the values of metadata beside the hits. A press on a value filters by it.

import { request } from "../lib/api.js";
import { $ } from "../lib/dom.js";
import { facetFields } from "./facet_fields.js";
import { showFacetGroups } from "./facet_groups.js";

const FRESH_MS = 10_000;
const wide = matchMedia("(min-width: 64.01rem)");

let shown = ""; // the collection, filter and fields that were counted last
let shownAt = -FRESH_MS;
let counting = null; // aborts the request in progress

export function startFacets() {
  wide.addEventListener("change", openIfWide);
  openIfWide();
}

/** On a wide screen the facets are always open, on a phone when the user opens them. */
function openIfWide() {
  $("facets").open = wide.matches;
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
    $("facets").hidden = !showFacetGroups(answer.facets, filter);
  } catch {
    if (!signal.aborted) hideFacets(); // the hits are there, and a filter can be entered
  }
}

export function hideFacets() {
  counting?.abort();
  shown = "";
  $("facets").hidden = true;
}
