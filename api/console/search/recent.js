// What the page shows before the first search: the documents that were changed last, or how to get some.

import { collection } from "../documents/collection.js";
import { ageOf } from "../lib/age.js";
import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { documentAddress } from "../lib/document_address.js";
import { excerptOf, nameOf } from "../lib/document_name.js";
import { $, el } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { keyOf } from "./document_key.js";

const LIMIT = 5;
const SHOWN = 160; // characters

let shown = new Map(); // elements by document
let reading = null; // aborts the request in progress

export function startRecent() {
  on("documents-changed", (changes) => changes.filter(({ status }) => status === "deleted").forEach(remove));
}

export function hideRecent() {
  reading?.abort();
  $("search-hint").hidden = true;
}

export async function showRecent() {
  reading?.abort();
  $("search-hint").hidden = false;
  if (!may("documents.read", collection()) || collection() === "*") return show([], false);
  const { signal } = (reading = new AbortController());
  try {
    const query = { collection: collection(), sort: "-updated_at", excerpts: true, limit: LIMIT };
    const { items } = await request("/v1/documents", { query, signal });
    if (!signal.aborted) show(items, !items.length);
  } catch {
    if (!signal.aborted) show([], false); // the banner says that the API does not answer
  }
}

function show(documents, isEmpty) {
  shown = new Map(documents.map((each) => [keyOf(each), itemOf(each)]));
  $("recent-list").replaceChildren(...shown.values());
  $("recent").hidden = !documents.length;
  $("empty-collection").hidden = !isEmpty;
}

function itemOf(document) {
  const name = nameOf(document);
  return el("li", {},
    el("a", { class: "title", href: documentAddress({ collection: document.collection, id: document.id }), dir: "auto" }, name),
    el("small", {}, ageOf(document.updated_at)),
    el("p", { dir: "auto" }, excerptOf(document, name).slice(0, SHOWN)));
}

function remove(change) {
  shown.get(keyOf(change))?.remove();
}
