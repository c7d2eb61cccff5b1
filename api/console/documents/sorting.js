// Sorts the list by a click on a column head, or by a menu on a small screen. The tab keeps the order of each collection.

import { $ } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { collection } from "./collection.js";

const DEFAULT = "-updated_at";
const NAME = "inkdex-order";

const name = () => JSON.stringify([NAME, collection()]);

const heads = [...$("documents").querySelectorAll("[data-orders]")];

/** The order in the API's words, such as "-updated_at". */
export const order = () => $("sort").value;
/** The order, or "" if it is the default. */
export const changedOrder = () => (order() === DEFAULT ? "" : order());

/** Begin with the order of the address, else with the one that was chosen last in the collection. */
export function startSorting(initial, onchange) {
  select(initial || kept());
  on("collection-selected", () => select(kept()));
  const change = () => { show(); keep(); onchange(); };
  $("sort").addEventListener("change", change);
  for (const head of heads) {
    head.firstElementChild.addEventListener("click", () => { select(nextOrder(head)); change(); });
  }
  on("selection-changed", coverHeads);
}

function keep() {
  try {
    sessionStorage.setItem(name(), order());
  } catch {
    // Without storage, the address alone has it.
  }
}

function kept() {
  try {
    return sessionStorage.getItem(name());
  } catch {
    return null;
  }
}

function select(selected) {
  $("sort").value = selected || DEFAULT;
  if (!order()) $("sort").value = DEFAULT; // the address names no order of the list
  show();
}

function nextOrder(head) {
  const [first, second] = ordersOf(head);
  return order() === first ? second : first;
}

function show() {
  for (const head of heads) {
    if (!ordersOf(head).includes(order())) head.removeAttribute("aria-sort");
    else head.setAttribute("aria-sort", order().startsWith("-") ? "descending" : "ascending");
  }
}

const ordersOf = (head) => head.dataset.orders.split(" ");

/** While documents are selected, a bar covers the heads, so Tab skips them. */
function coverHeads(documents) {
  for (const { firstElementChild } of heads) firstElementChild.tabIndex = documents.length ? -1 : 0;
}
