// Counts of the values of metadata beside the hits. A press on a value filters by it.

import { requestHits } from "../lib/api.js";
import { $, hide, setText } from "../lib/dom.js";
import { facetFields, isList } from "./facet_fields.js";
import { showFacetGroups } from "./facet_groups.js";
import { areAlternatives, valuesOf, withoutValues } from "./filter_values.js";
import { totalOf } from "./search_words.js";

const FRESH_MS = 10_000;
const wide = matchMedia("(min-width: 64.01rem)");

let shown = ""; // what was counted last, in which collection
let shownAt = -FRESH_MS;
let counting = null; // aborts the requests in progress
let isUseful = false; // whether there is something to narrow down by

export function startFacets() {
  wide.addEventListener("change", place);
  $("facets-toggle").addEventListener("click", () => $("facets-sheet").showModal());
  $("show-hits").addEventListener("click", () => $("facets-sheet").close());
  $("facets-sheet").addEventListener("click", ({ target }) => target === $("facets-sheet") && $("facets-sheet").close());
  new ResizeObserver(tellHeight).observe($("facets"));
  place();
}

/** The height decides where the facets stick, so that their end is never below the window. */
const tellHeight = () => $("facets").style.setProperty("--height", `${$("facets").offsetHeight}px`);

/** On a wide screen the facets stand beside the hits, on a narrow one in a sheet over them. */
function place() {
  if (wide.matches) $("results-bar").parentElement.after($("facets"));
  else $("facets-sheet").prepend($("facets"));
  arrange();
}

function arrange() {
  if (wide.matches || !isUseful) $("facets-sheet").close();
  showIf(isUseful, $("facets"));
  showIf(isUseful && !wide.matches, $("facets-toggle"));
  $("skip-to-facets").hidden = !isUseful || !wide.matches;
}

function showIf(isShown, element) {
  if (isShown) element.hidden = false;
  else hide(element, $("page-title"));
}

/** Say on the button of the sheet how many hits there are. */
export function showTotal(total) {
  setText($("show-hits"), `Show ${totalOf(total, "hit")}`);
}

/** Count the values of the fields that the hits have, unless that was done just now. */
export async function showFacets({ q, collection, filter }, hits) {
  if (!hits.length && !Object.keys(filter).length) return hideFacets(); // there is nothing to narrow down
  const fields = facetFields(collection, filter, hits);
  const chosen = choicesIn(collection, filter, fields);
  const counts = countsOf(filter, fields, chosen);
  const key = JSON.stringify([collection, filter, counts]);
  counting?.abort();
  if (key === shown && performance.now() - shownAt < FRESH_MS) return;
  if (!counts.length) return hideFacets();
  counting = new AbortController();
  const { signal } = counting;
  try {
    const facets = await count({ q, collection, mode: "text", limit: 0 }, counts, signal);
    if (signal.aborted) return;
    [shown, shownAt] = [key, performance.now()];
    isUseful = showFacetGroups(facets, collection, filter, (field) => countedAs(collection, filter, chosen.includes(field)));
    arrange();
  } catch {
    if (!signal.aborted) hideFacets(); // the hits are there, and a filter can be entered
  }
}

/** The fields of which values are chosen, with others as alternatives. */
const choicesIn = (collection, filter, fields) =>
  fields.filter((field) => valuesOf(filter, field).length && areAlternatives(filter, field, isList(collection, field)));

/** What to count by which filter. The alternatives to a choice are counted without it, so that they stay. */
function countsOf(filter, fields, chosen) {
  const others = fields.filter((field) => !chosen.includes(field));
  return [
    ...(others.length ? [{ filter, facets: others }] : []),
    ...chosen.map((field) => ({ filter: withoutValues(filter, field), facets: [field] })),
  ];
}

async function count(search, counts, signal) {
  const answers = await Promise.all(counts.map((each) =>
    requestHits({ ...search, ...each }, signal)));
  return Object.assign({}, ...answers.map(({ facets }) => facets));
}

export function hideFacets() {
  counting?.abort();
  shown = "";
  isUseful = false;
  arrange();
}

/** What stands above the numbers of a field. The query does not matter. */
function countedAs(collection, filter, isChosen) {
  if (isChosen) return "whatever is chosen here";
  if (Object.keys(filter).length) return "within the filter";
  return collection === "*" ? "in all collections" : "in the collection";
}
