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

/** Show the counts; `countedAs` says of a field what they count. Return whether there are any that are worth it. */
export function showFacetGroups(facets, collection, filter, countedAs) {
  const isFresh = collection !== counted || !Object.keys(filter).length;
  counted = collection;
  const isShown = ([field, values]) => isUseful(values, valuesOf(filter, field)) || (!isFresh && groups.get(field)?.element.isConnected);
  const useful = Object.entries(facets).filter(isShown)
    .sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1)).slice(0, MAX_GROUPS);
  const hadFocus = $("facets").contains(document.activeElement);
  for (const [field] of useful) setText(groupOf(field).unit, countedAs(field));
  setChildren($("facet-groups"), useful.map(([field, values]) => groupOf(field).show(values, valuesOf(filter, field), isFresh)));
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
    this.values = [];
    this.isOpen = false;
    this.unit = el("span", { class: "unit" });
    this.list = el("ul", { "aria-label": nameOf(field) });
    this.more = button("", () => this.#toggle(), { class: "quiet" });
    this.element = el("section", { class: "facet" },
      el("div", { class: "facet-heading" }, el("h3", { dir: "auto" }, nameOf(field)), this.unit), this.list, this.more);
  }

  /** Unless it is `isFresh`, nothing moves away from under the pointer: what is selected keeps its place, and what no document has stays. */
  show(values, selected, isFresh) {
    const former = isFresh ? [] : this.values.map(({ value }) => value);
    const isAll = values.length < COUNTED;
    const others = new Set([...selected, ...(isAll ? former.slice(0, MAX_VALUES) : [])]);
    for (const { value } of values) others.delete(value);
    const counts = [...values, ...[...others].map((value) => ({ value, count: isAll ? 0 : null }))];
    this.values = withPlaces(counts, former.filter((value) => selected.includes(value)), former);
    this.selected = selected;
    this.#arrange();
    return this.element;
  }

  #toggle() {
    this.isOpen = !this.isOpen;
    this.#arrange();
  }

  #arrange() {
    const shown = this.values.filter(({ value }, index) => this.isOpen || index < MAX_VALUES || this.selected.includes(value));
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
    item.classList.toggle("none", number === 0);
    return item;
  }
}

/** The counts with those of some values, in the order of `former`, where they were there. */
function withPlaces(counts, kept, former) {
  const placed = counts.filter(({ value }) => !kept.includes(value));
  for (const each of kept) placed.splice(former.indexOf(each), 0, counts.find(({ value }) => value === each));
  return placed;
}

const nameOf = (field) => field.replaceAll("_", " ");

const facetItem = (field, value) => el("li", {}, el("button", {
  type: "button", class: "facet-value", "aria-pressed": "false", click: () => toggle(field, value),
}, el("span", { class: "value", dir: "auto" }, textOf(value)), el("span", { class: "count" })));

function toggle(field, value) {
  const filter = readFilter() ?? {};
  const isChosen = valuesOf(filter, field).includes(value);
  if (isChosen) return setFilter(withoutValue(filter, field, value));
  setFilter((areAlternatives(filter, field, isList(counted, field)) ? withAlternative : withValue)(filter, field, value));
}
