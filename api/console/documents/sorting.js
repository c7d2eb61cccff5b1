// Sorts the list by a click on a column head, or by a menu on a small screen.

import { $ } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";

const DEFAULT = "-updated_at";

const heads = [...$("documents").querySelectorAll("[data-orders]")];

/** The order in the API's words, such as "-updated_at". */
export const order = () => $("sort").value;
/** The order, or "" if it is the default. */
export const changedOrder = () => (order() === DEFAULT ? "" : order());

export function startSorting(initial, onchange) {
  select(initial || DEFAULT);
  if (!order()) select(DEFAULT);
  $("sort").addEventListener("change", () => {
    show();
    onchange();
  });
  for (const head of heads) {
    head.firstElementChild.addEventListener("click", () => {
      select(nextOrder(head));
      onchange();
    });
  }
  on("selection-changed", coverHeads);
}

function select(selected) {
  $("sort").value = selected;
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
