// What keys do in the search field, and how it is reached and cleared.

import { $ } from "../lib/dom.js";
import { isSlash } from "../lib/slash.js";

export function startKeys() {
  $("query").addEventListener("keydown", onKeyInQuery);
  $("clear-query").addEventListener("click", clear);
  document.addEventListener("keydown", focusOnSlash);
}

function focusOnSlash(event) {
  if (!isSlash(event)) return;
  event.preventDefault();
  $("query").focus();
  $("query").select();
}

function onKeyInQuery(event) {
  if (event.isComposing) return; // the keys choose a character
  const first = document.querySelector("#hits .title, #recent-list .title");
  if (event.key === "ArrowDown" && first) first.focus();
  else if (event.key === "Escape" && $("query").value) clear();
  else return;
  event.preventDefault();
}

function clear() {
  $("query").value = "";
  $("query").dispatchEvent(new Event("input", { bubbles: true }));
  $("query").focus();
}
