// Which documents the list shows, and in which order: status, filter and sort, kept in the page's URL.

import { $, hide, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import * as urlState from "../lib/url_state.js";
import { filterParameter, readFilter, setFilter, startFilter } from "../search/filter.js";
import { conditionsOf } from "../search/filter_values.js";
import { changedOrder, order, startSorting } from "./sorting.js";

const TYPING_PAUSE_MS = 250;

let typingTimer = null;
let onchange = () => {};

export const selectedStatusInput = () => $("statuses").querySelector(":checked");
export const selectedStatus = () => selectedStatusInput().value;
export const filterText = () => urlState.read("filter") ?? "";
export const isNarrowed = () => Boolean(filterText());

export function startListView(listener) {
  onchange = listener;
  startFilter(changeSoon);
  restore();
  $("statuses").addEventListener("change", change);
  startSorting(urlState.read("sort"), change);
  showOrder();
  on("collection-selected", showOrder);
  $("filter-off").addEventListener("click", () => setFilter({}));
}

const showOrder = () => urlState.write({ sort: changedOrder() });

function restore() {
  const status = urlState.read("status");
  for (const input of $("statuses").querySelectorAll("input")) if (input.value === status) input.checked = true;
  showFilter(readFilter() ?? {});
}

function changeSoon() {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(change, TYPING_PAUSE_MS);
}

function change() {
  clearTimeout(typingTimer);
  const filter = readFilter();
  if (!filter) return; // the filter says what is wrong with it
  urlState.write({ status: selectedStatus(), sort: changedOrder(), filter: filterParameter(filter) });
  showFilter(filter);
  onchange();
}

function showFilter(filter) {
  const conditions = conditionsOf(filter).map(({ words }) => words);
  if (!conditions.length) return hide($("narrowed"), $("filter-toggle"));
  setText($("narrowed-text"), `Filter: ${conditions.join(" and ")}`);
  $("narrowed").hidden = false;
}

/** The query of the list, for the API. */
export const listQuery = () => ({ status: selectedStatus(), sort: order(), filter: filterText() });
