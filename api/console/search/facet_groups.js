// The values of the fields with their counts, as buttons.

import { $, button, el, setChildren, setText } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { isList, rank } from "./facet_fields.js";
import { readFilter, setFilter } from "./filter.js";
import { areAlternatives, textOf, valuesOf, withAlternative, withoutValue, withValue } from "./filter_values.js";
import { focusResults } from "./results_focus.js";

const MAX_GROUPS = 6;
const MAX_VALUES = 6; // shown at first
const COUNTED = 20; // the API counts no more values of a field

const groups = new Map(); // by field
let counted = ""; // the collection whose values are shown

/** Show the counts. Return whether there are any that are worth it. */
export function showFacetGroups(facets, collection, filter) {
  counted = collection;
  const useful = Object.entries(facets).filter(([field, values]) => isUseful(values, valuesOf(filter, field)))
    .sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1)).slice(0, MAX_GROUPS);
  const hadFocus = $("facets").contains(document.activeElement);
  setChildren($("facet-groups"), useful.map(([field, values]) => groupOf(field).show(values, valuesOf(filter, field))));
  if (hadFocus && !$("facets").contains(document.activeElement)) focusResults();
  return useful.length > 0;
}

/** One value that all documents have, or values that only one document has, filter nothing. */
const isUseful = (values, selected) => selected.length > 0 || (values.length > 1 && values.some((value) => value.count > 1));

function groupOf(field) {
  if (!groups.has(field)) groups.set(field, new Group(field));
  return groups.get(field);
}

class Group {
  constructor(field) {
    this.field = field;
    this.items = new Map(); // by value
    this.isOpen = false;
    this.list = el("ul", { "aria-label": nameOf(field) });
    this.more = button("", () => this.#toggle(), { class: "quiet" });
    this.element = el("section", { class: "facet" }, el("h3", { dir: "auto" }, nameOf(field)), this.list, this.more);
  }

  show(values, selected) {
    const isChosen = ({ value }) => selected.includes(value);
    const uncounted = selected.filter((each) => !values.some(({ value }) => value === each));
    const others = uncounted.map((value) => ({ value, count: values.length < COUNTED ? 0 : null }));
    this.values = [...others, ...values].sort((one, other) => isChosen(other) - isChosen(one));
    this.selected = selected;
    this.#arrange();
    return this.element;
  }

  #toggle() {
    this.isOpen = !this.isOpen;
    this.#arrange();
  }

  #arrange() {
    const shown = this.isOpen ? this.values : this.values.slice(0, MAX_VALUES);
    setChildren(this.list, shown.map((each) => this.#item(each)));
    this.more.hidden = this.values.length <= MAX_VALUES;
    setText(this.more, this.isOpen ? "Show fewer" : this.#offer());
  }

  #offer() {
    const number = this.values.length;
    return number < COUNTED ? `Show all ${number}` : `Show the ${number} most frequent`;
  }

  #item({ value, count: number }) {
    const key = JSON.stringify(value);
    if (!this.items.has(key)) this.items.set(key, facetItem(this.field, value));
    const item = this.items.get(key);
    item.firstChild.setAttribute("aria-pressed", String(this.selected.includes(value)));
    setText(item.querySelector(".count"), number === null ? "" : count(number));
    return item;
  }
}

export const nameOf = (field) => field.replaceAll("_", " ");

const facetItem = (field, value) => el("li", {}, el("button", {
  type: "button", class: "facet-value", "aria-pressed": "false", click: () => toggle(field, value),
}, el("span", { class: "value", dir: "auto" }, textOf(value)), el("span", { class: "count" })));

function toggle(field, value) {
  const filter = readFilter() ?? {};
  const isChosen = valuesOf(filter, field).includes(value);
  if (isChosen) return setFilter(withoutValue(filter, field, value));
  setFilter((areAlternatives(filter, field, isList(counted, field)) ? withAlternative : withValue)(filter, field, value));
}
