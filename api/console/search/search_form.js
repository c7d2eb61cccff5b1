// The form of a search, and the address that keeps it.

import { collection } from "../documents/collection.js";
import { may } from "../lib/caller.js";
import { $ } from "../lib/dom.js";
import * as urlState from "../lib/url_state.js";
import { closeFilter, filterParameter, readFilter, startFilter } from "./filter.js";
import { withoutPhrases } from "./query_syntax.js";
import { startKeys } from "./search_keys.js";

const ALL = "*"; // names all collections
const NEWEST = "newest";

/** Show what the address says. `onType` is called while the user types, `onChoice` when they choose. */
export function startForm(onType, onChoice) {
  startFilter(onType);
  closeFilter(); // its conditions are above the hits
  $("query").value = urlState.read("q") ?? "";
  for (const option of $("search").mode) option.checked = option.value === (urlState.read("mode") ?? "hybrid");
  $("scope").value = urlState.read("in") === "all" ? "all" : "";
  $("sort").value = urlState.read("sort") === NEWEST ? NEWEST : "";
  $("query").addEventListener("input", onType);
  $("search").addEventListener("change", ({ target }) => (target.name === "mode" || target === $("scope")) && onChoice());
  $("sort").addEventListener("change", onChoice);
  $("search").addEventListener("submit", (event) => { event.preventDefault(); closeKeyboard(); onChoice(); });
  for (const id of ["collection", "other-collection"]) $(id).addEventListener("change", chooseCollection);
  startKeys();
}

/** The keyboard of a touch screen covers the hits. */
function closeKeyboard() {
  if (matchMedia("(pointer: coarse)").matches) $("query").blur();
}

/** Who chooses a collection wants to search in it. */
function chooseCollection({ target }) {
  if (target.value) $("scope").value = "";
}

export const isNewestFirst = () => $("sort").value === NEWEST;

/** The body of the search without its limit. It is `null` if the filter is invalid, `{}` if there is nothing to search for. */
export function readForm() {
  const q = $("query").value.trim();
  const mode = $("search").mode.value;
  const isOfAll = $("scope").value === "all";
  const filter = readFilter();
  keepInAddress(q, mode, isOfAll, filter);
  if (!filter) return null;
  const searched = isOfAll ? ALL : collection();
  const isAllowed = searched === ALL ? may("search") : may("search", searched);
  return q && isAllowed ? { q, collection: searched, mode, filter, group_by: "text" } : {};
}

function keepInAddress(q, mode, isOfAll, filter) {
  urlState.write({
    q,
    mode: mode === "hybrid" ? "" : mode,
    in: isOfAll ? "all" : "",
    sort: $("sort").value,
    ...(filter && { filter: filterParameter(filter) }),
  });
}

export function chooseWords() {
  $("search").mode.value = "text";
}

/** Search for the words of the phrases, wherever they stand. */
export function dropPhrases() {
  $("query").value = withoutPhrases($("query").value);
}

export function chooseAllCollections() {
  $("scope").value = "all";
}
