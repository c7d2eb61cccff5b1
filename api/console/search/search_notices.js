// What went wrong with a search, and ways out.

import { $, button, el } from "../lib/dom.js";
import { refuseFilter, setFilter } from "./filter.js";
import { chooseAllCollections, chooseWords } from "./search_form.js";

let searchAgain = () => {};

export function startWaysOut(search) {
  searchAgain = search;
  $("drop-filter").addEventListener("click", () => { setFilter({}); $("query").focus(); });
  $("search-everywhere").addEventListener("click", () => { chooseAllCollections(); searchAgain(); $("query").focus(); });
}

/** Say that a search found nothing, and offer to search more. */
export function showNoHits(isEmpty, { collection, filter }) {
  $("no-hits").hidden = !isEmpty;
  $("drop-filter").hidden = !Object.keys(filter).length;
  $("search-everywhere").hidden = collection === "*";
}

const filterErrorOf = (problem) => problem.errors?.find(({ path }) => path[0] === "filter");

export const isOfFilter = (problem) => Boolean(filterErrorOf(problem));

export function showFilterProblem(problem) {
  const { path, message } = filterErrorOf(problem);
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
