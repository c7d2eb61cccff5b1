// Lists the documents that are most similar to the shown one, when the user asks for them.

import { documentPath, request } from "../lib/api.js";
import { documentAddress } from "../lib/document_address.js";
import { $, el } from "../lib/dom.js";

const LIMIT = 5;

let shown = null;
let isLoaded = false;

export function startSimilar() {
  $("similar").addEventListener("toggle", load);
}

/** A document is compared by its embedding, so the list is read again with a new one. */
export function offerSimilar(found) {
  const isOther = found.embedding?.version !== shown?.embedding?.version;
  shown = found;
  if (!isOther) return;
  isLoaded = false;
  load();
}

async function load() {
  if (!$("similar").open || isLoaded) return;
  isLoaded = true;
  try {
    const { id, collection } = shown;
    const { hits } = await request(`${documentPath(id)}/similar`, { query: { collection, limit: LIMIT } });
    $("similar-list").replaceChildren(...(hits.length ? hits.map(itemOf) : [el("li", { class: "note" }, "None.")]));
  } catch (problem) {
    isLoaded = false; // opening it again tries again
    $("similar-list").replaceChildren(el("li", { class: "error" }, problem.message));
  }
}

function itemOf({ document: { id, collection, title, version }, nearest, relevance }) {
  const { start, end } = nearest ?? {};
  return el("li", {},
    el("a", { href: documentAddress({ id, collection, start, end, version }), dir: "auto" }, title || id),
    relevance && el("small", {}, ` ${relevance} match`));
}
