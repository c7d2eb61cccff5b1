// Lists the documents that are most similar to the shown one, when the user asks for them.

import { documentPath, request } from "../lib/api.js";
import { documentAddress } from "../lib/document_address.js";
import { nameByPassage } from "../lib/document_name.js";
import { $, el } from "../lib/dom.js";
import { plainText } from "../search/snippet.js";
import { similarityMark, similarityNote } from "../search/strength.js";
import { LazyList } from "./lazy_list.js";

const LIMIT = 5;

export const similarList = () => new LazyList($("similar"), $("similar-list"), read);

async function read({ id, collection }) {
  const { hits } = await request(`${documentPath(id)}/similar`, { query: { collection, limit: LIMIT } });
  const note = similarityNote(hits);
  return [note && el("li", { class: "note" }, note), ...hits.map(itemOf)].filter(Boolean);
}

function itemOf(hit) {
  const { id, collection, version } = hit.document;
  const { start, end } = hit.nearest ?? {};
  return el("li", {},
    el("a", { href: documentAddress({ id, collection, start, end, version }), dir: "auto" }, nameByPassage(hit.document, plainText(hit.snippet), hit.passage.start === 0)),
    similarityMark(hit));
}
