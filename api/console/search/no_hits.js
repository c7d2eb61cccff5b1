// Why a search found nothing, and ways out.

import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, setText } from "../lib/dom.js";
import { readQuery } from "./query_syntax.js";

let asking = null; // aborts the question in progress

/** Say why the search with this body found nothing. `isOfWords`: whether it was a search by words only. */
export async function showNoHits(body, isOfWords) {
  hideNoHits();
  const { signal } = (asking = new AbortController());
  const { isEmpty, cause } = await reasonOf(body, isOfWords, signal).catch(() => ({ cause: causeOf(body, isOfWords) }));
  if (signal.aborted) return;
  $("fill-collection").hidden = !isEmpty;
  $("drop-filter").hidden = isEmpty || !isFiltered(body);
  $("drop-phrases").hidden = isEmpty || !readQuery(body.q).phrases.length;
  $("search-everywhere").hidden = body.collection === "*";
  $("no-hits").hidden = false;
  setText($("no-hits-cause"), cause);
}

export function hideNoHits() {
  asking?.abort();
  $("no-hits").hidden = true;
}

const isFiltered = ({ filter }) => Object.keys(filter).length > 0;

async function reasonOf(body, isOfWords, signal) {
  if (body.collection === "*" || !may("documents.read", body.collection)) return { cause: causeOf(body, isOfWords) };
  const has = async (filter) => {
    const query = { collection: body.collection, limit: 1, ...filter };
    return (await request("/v1/documents", { query, signal })).items.length > 0;
  };
  if (!(await has({}))) return { isEmpty: true, cause: `The collection ${body.collection} has no documents.` };
  if (isFiltered(body) && !(await has({ filter: JSON.stringify(body.filter) }))) {
    return { cause: "No document meets the filter. Remove the filter, or change it." };
  }
  return { cause: causeOf(body, isOfWords) };
}

function causeOf(body, isOfWords) {
  const read = readQuery(body.q);
  if (read.phrases.length || read.excluded.length) return ofSyntax(body, read, isOfWords);
  return isOfWords ? ofWords(body) : ofMeaning(body);
}

/** What a query requires and excludes holds for hits by meaning, too. */
function ofSyntax(body, { phrases, excluded, alternatives }, isOfWords) {
  const which = isFiltered(body) ? "that meets the filter " : "";
  const wanted = phrases.length ? phrasesWanted(phrases.length, alternatives, body.mode) : isOfWords ? "these words" : meaningWanted(body.mode);
  return `No document ${which}has ${wanted}${excluded.length ? " without what you exclude" : ""}.`;
}

function phrasesWanted(number, alternatives, mode) {
  const exact = alternatives ? "one of these exact phrases" : number === 1 ? "this exact phrase" : "these exact phrases";
  return mode === "semantic" ? `${exact} and a stored meaning` : exact;
}

const meaningWanted = (mode) => (mode === "hybrid" ? "these words or a stored meaning" : "a stored meaning");

const ofWords = (body) => (isFiltered(body)
  ? "No document meets the filter and has these words. Remove the filter, or change it."
  : "No document has these words. Try others, or fewer of them.");

/** By meaning, a search finds every document whose meaning is stored. */
function ofMeaning(body) {
  const which = isFiltered(body) ? "that meets the filter " : "";
  return `No document ${which}has ${meaningWanted(body.mode)} yet.`;
}
