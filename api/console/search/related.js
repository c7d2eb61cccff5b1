// Documents that are like a hit: similar ones, and copies that the search shows as one.

import { documentPath, request, requestHits } from "../lib/api.js";
import { documentAddress } from "../lib/document_address.js";
import { nameByPassage } from "../lib/document_name.js";
import { el } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { keyOf } from "./document_key.js";
import { passageOf } from "./reader_link.js";
import { highlighted, plainText } from "./snippet.js";
import { similarityMark, similarityNote } from "./strength.js";

const SIMILAR_LIMIT = 5;
const MAX_HITS = 100;
const NOT_READY = "The meaning of this document is not stored yet. Search again when it is.";

/** Nodes that show the documents whose meaning is nearest to that of a document, in the searched collections. */
export async function similarNodes({ document }, target) {
  const query = { collection: document.collection, target, limit: SIMILAR_LIMIT };
  try {
    const { hits } = await request(`${documentPath(document.id)}/similar`, { query });
    if (!hits.length) return [note("There is no other document.")];
    const only = similarityNote(hits);
    return [only && note(only), linkList("Similar documents", hits, target === "*", similarityMark)].filter(Boolean);
  } catch (problem) {
    if (problem.status !== 409) throw problem;
    return [note(NOT_READY)];
  }
}

const note = (text) => el("p", { class: "note" }, text);

/** Nodes that show the copies of a hit. `heads` are all hits of the grouped search with this body. */
export async function copyNodes(hit, body, heads) {
  const { hits } = await requestHits({ ...body, group_by: null, limit: MAX_HITS });
  const copies = copiesOf(hit, hits, heads);
  const missing = hit.copies - copies.length;
  return [
    copies.length > 0 && linkList("Copies", copies, body.collection === "*"),
    missing > 0 && note(`${plural(missing, "copy", "copies")} not listed here.`),
  ].filter(Boolean);
}

/** The API counts copies and does not name them: they are the hits that only the search without groups has. */
function copiesOf(hit, hits, heads) {
  const shown = new Set(heads.map(({ document }) => keyOf(document)));
  return hits.filter((each) => !shown.has(keyOf(each.document)) && headOf(each, heads) === hit).slice(0, hit.copies);
}

/** The hit with a text most like this one. */
function headOf(copy, heads) {
  const likeness = heads.filter(({ copies }) => copies).map((head) => [overlap(wordsOf(copy), wordsOf(head)), head]);
  return likeness.sort(([one], [other]) => other - one)[0]?.[1];
}

const wordsOf = ({ title_snippet, snippet }) =>
  new Set(`${plainText(title_snippet)} ${plainText(snippet)}`.toLowerCase().match(/[\p{L}\p{N}]+/gu));

const overlap = (one, other) => one.intersection(other).size / Math.max(1, one.union(other).size);

const linkList = (label, hits, isOfAll, markOf = () => null) => el("ul", { class: "related", "aria-label": label }, ...hits.map((hit) =>
  el("li", {},
    el("a", { href: documentAddress(passageOf(hit)), dir: "auto" }, ...(hit.title_snippet ? highlighted(hit.title_snippet) : [nameByPassage(hit.document, plainText(hit.snippet), hit.passage.start === 0)])),
    isOfAll && el("small", {}, ` in ${hit.document.collection}`),
    markOf(hit))));
