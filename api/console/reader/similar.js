// Lists the documents that are most similar to the shown one, when the user asks for them.

import { documentPath, request } from "../lib/api.js";
import { $, el } from "../lib/dom.js";
import { documentUrl } from "./address.js";

const LIMIT = 5;

let shown = null;
let isLoaded = false;

export function startSimilar() {
  $("similar").addEventListener("toggle", load);
}

export function offerSimilar(found) {
  shown = found;
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

function itemOf({ document: { id, collection, title }, nearest, relevance }) {
  const { start, end, version } = nearest ?? {};
  return el("li", {},
    el("a", { href: documentUrl({ id, collection, start, end, version }), dir: "auto" }, title || id),
    relevance && el("small", {}, ` ${relevance} match`));
}
