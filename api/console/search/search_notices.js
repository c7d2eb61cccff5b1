// What went wrong with a search, and ways out.

import { $, button, el } from "../lib/dom.js";
import { hideActiveFilters } from "./active_filters.js";
import { refuseFilter, setFilter } from "./filter.js";
import { focusResults } from "./results_focus.js";
import { chooseAllCollections, chooseWords, dropPhrases } from "./search_form.js";

let searchAgain = () => {};

export function startWaysOut(search) {
  searchAgain = search;
  $("drop-filter").addEventListener("click", () => { setFilter({}); focusResults(); });
  $("drop-phrases").addEventListener("click", () => { dropPhrases(); searchAgain(); focusResults(); });
  $("search-everywhere").addEventListener("click", () => { chooseAllCollections(); searchAgain(); focusResults(); });
}

const filterErrorOf = (problem) => problem.errors?.find(({ path }) => path[0] === "filter");

export const isOfFilter = (problem) => Boolean(filterErrorOf(problem));

export function showFilterProblem(problem) {
  const { path, message } = filterErrorOf(problem);
  hideActiveFilters();
  refuseFilter(`${path.slice(1).join(" ") || "The filter"} ${message}`);
}

export function showProblem(problem) {
  showNotice(problem.message);
  const isOfMeaning = problem.status === 503 && $("search").mode.value === "semantic";
  $("search-notice").append(isOfMeaning
    ? button("Search by words", () => { chooseWords(); searchAgain(); })
    : button("Try again", searchAgain));
}

/** Show a notice that is no failure; none if the text is empty. */
export function showNotice(text) {
  if ($("search-notice").textContent === text) return;
  $("search-notice").replaceChildren(...(text ? [el("p", {}, text)] : []));
}
