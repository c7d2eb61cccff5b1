// Links to the previous and the next hit of the search that led here, and back to it.

import { documentAddress } from "../lib/document_address.js";
import { el } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { keptAnswer } from "../lib/kept_answer.js";
import { isSame, keptHits, moveTo } from "../search/kept_hits.js";
import { backToDocuments } from "./address.js";

const FIELDS = "input, textarea, select, [contenteditable]";

/** Show the links for a document. `j` and `k` follow them. */
export function startHitLinks(element, document) {
  const { back, hits } = keptHits();
  const index = hits.findIndex((hit) => isSame(hit, document));
  if (index < 0) return element.replaceChildren(backToAnswer(document) ?? backToDocuments(document));
  moveTo(hits[index]);
  const previous = link("Previous", hits[index - 1], "k");
  const next = link("Next", hits[index + 1], "j");
  element.setAttribute("aria-label", "Hits");
  element.replaceChildren(
    el("a", { href: safePath(back) }, "Back to the hits"),
    el("span", { class: "note" }, `Hit ${count(index + 1)} of ${count(hits.length)}`),
    previous, next);
  window.addEventListener("keydown", (event) => follow(event, { k: previous, j: next }[event.key]));
}

/** A link to the answer that the document was opened from, or null. */
function backToAnswer(document) {
  const address = keptAnswer(document);
  return address && el("a", { href: address }, "Back to the answer");
}

/** The search's path on this server, whatever is stored. */
const safePath = (text) => (/^\/(?![/\\])/.test(text) ? text : "/");

function link(label, hit, key) {
  if (!hit) return el("span", { class: "note", "aria-hidden": "true" }, label);
  return el("a", { href: documentAddress(hit), "aria-label": `${label} hit`, "aria-keyshortcuts": key }, label, " ", el("kbd", { "aria-hidden": "true" }, key));
}

function follow(event, target) {
  if (!target?.href || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(FIELDS)) return;
  location.assign(target.href);
}
