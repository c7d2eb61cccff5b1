// On a page without a field for it, the key / opens one to search in. Enter leads to the hits.

import { el } from "../lib/dom.js";
import { isSlash } from "../lib/slash.js";

const field = el("input", {
  id: "quick-query", type: "text", inputmode: "search", autocomplete: "off", spellcheck: "false", enterkeyhint: "search", "aria-label": "Search query",
  "aria-describedby": "quick-hint",
});
const dialog = el("dialog", { class: "dialog quick-search", "aria-label": "Search", closedby: "any", close: () => dialog.remove() },
  el("form", { role: "search", submit },
    field,
    el("p", { id: "quick-hint", class: "note" }, "Enter searches, Escape closes.")));

export const startQuickSearch = () => document.addEventListener("keydown", openOnSlash);

const searchLink = () => document.querySelector(".page-link");

function openOnSlash(event) {
  if (!isSlash(event) || searchLink().hidden || document.querySelector("#query, textarea#question, dialog[open]")) return;
  event.preventDefault();
  document.body.append(dialog);
  field.placeholder = ["Search", new URL(searchLink().href).searchParams.get("collection")].join(" ");
  dialog.showModal();
  field.select();
}

function submit(event) {
  event.preventDefault();
  const address = new URL(searchLink().href);
  if (field.value.trim()) address.searchParams.set("q", field.value.trim());
  else address.hash = "query";
  location.assign(address);
}
