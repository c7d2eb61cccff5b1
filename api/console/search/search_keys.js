// What keys do in the search field, and how it is reached and cleared.

import { $ } from "../lib/dom.js";
import { isSlash } from "../lib/slash.js";

export function startKeys() {
  $("query").addEventListener("keydown", onKeyInQuery);
  $("clear-query").addEventListener("click", clear);
  document.addEventListener("keydown", focusOnSlash);
  document.addEventListener("keydown", onKeyInTitle);
  if (location.hash === "#query" || document.activeElement === $("query")) reach();
}

/** What is typed next replaces the query. */
function reach() {
  $("query").focus();
  $("query").select();
}

function focusOnSlash(event) {
  if (!isSlash(event)) return;
  event.preventDefault();
  reach();
}

const titles = () => [...document.querySelectorAll("#hits .title, #recent-list .title")];

function onKeyInQuery(event) {
  if (event.isComposing) return; // the keys choose a character
  const [first] = titles();
  if (event.key === "ArrowDown" && first) first.focus();
  else if (event.key === "Escape" && $("query").value) clear();
  else return;
  event.preventDefault();
}

/** From a hit to the one below or above it, and from the first one to the query. */
function onKeyInTitle(event) {
  const { key, target, altKey, ctrlKey, metaKey, shiftKey } = event;
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  const place = titles().indexOf(target);
  if (!step || place < 0 || altKey || ctrlKey || metaKey || shiftKey) return;
  event.preventDefault();
  const next = titles()[place + step];
  if (next) next.focus();
  else if (step < 0) reach();
}

function clear() {
  $("query").value = "";
  $("query").dispatchEvent(new Event("input", { bubbles: true }));
  $("query").focus();
}
