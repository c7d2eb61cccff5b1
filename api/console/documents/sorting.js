// The order of the list. The heads of the table select it, or a menu where the screen has no room for heads.

import { $ } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";

const USUAL = "-updated_at";

const heads = [...$("documents").querySelectorAll("[data-orders]")];

/** The order, as the API names it. */
export const order = () => $("sort").value;
/** The order, or "" if it is the usual one. */
export const changedOrder = () => (order() === USUAL ? "" : order());

export function startSorting(initial, onchange) {
  select(initial || USUAL);
  if (!order()) select(USUAL);
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

/** While documents are selected, a bar lies on the heads, so Tab passes them by. */
function coverHeads(documents) {
  for (const { firstElementChild } of heads) firstElementChild.tabIndex = documents.length ? -1 : 0;
}
