// The conditions of the filter as chips above the hits. A press on one removes its condition.

import { $, el, setChildren } from "../lib/dom.js";
import { readFilter, setFilter } from "./filter.js";
import { conditionsOf } from "./filter_values.js";
import { focusResults } from "./results_focus.js";

let chips = new Map(); // by their words

export function showActiveFilters() {
  const conditions = conditionsOf(readFilter() ?? {}); // what is wrong with it stands at the form
  chips = new Map(conditions.map(({ words }) => [words, chips.get(words) ?? chipOf(words)]));
  setChildren($("active-filters"), [...chips.values()]);
  $("active-filters").hidden = !conditions.length;
}

export function hideActiveFilters() {
  $("active-filters").hidden = true;
}

const chipOf = (words) => el("li", {}, el("button", {
  type: "button", class: "chip", "aria-label": `Remove the condition ${words}`, click: () => remove(words),
}, el("span", {}, words), el("span", { class: "cross", "aria-hidden": "true" }, "×")));

function remove(words) {
  const condition = conditionsOf(readFilter() ?? {}).find((each) => each.words === words);
  const chip = chips.get(words);
  const neighbour = chip.nextElementSibling ?? chip.previousElementSibling;
  if (neighbour) neighbour.querySelector("button").focus();
  else focusResults();
  setFilter(condition?.rest ?? {});
  showActiveFilters(); // at once, so that the next press finds no former chips
}
