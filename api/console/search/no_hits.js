// Why a search found nothing, and ways out.

import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, setText } from "../lib/dom.js";

let asking = null; // aborts the question in progress

/** Say why the search with this body found nothing. `isOfWords`: whether it was a search by words only. */
export async function showNoHits(body, isOfWords) {
  hideNoHits();
  const { signal } = (asking = new AbortController());
  const { isEmpty, cause } = await reasonOf(body, isOfWords, signal).catch(() => ({ cause: causeOf(body, isOfWords) }));
  if (signal.aborted) return;
  $("fill-collection").hidden = !isEmpty;
  $("drop-filter").hidden = isEmpty || !isFiltered(body);
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

const causeOf = (body, isOfWords) => (isOfWords ? ofWords(body) : ofMeaning(body));

const ofWords = (body) => (isFiltered(body)
  ? "No document meets the filter and has these words. Remove the filter, or change it."
  : "No document has these words. Try others, or fewer of them.");

/** By meaning, a search finds every document whose meaning is stored. */
function ofMeaning(body) {
  const which = isFiltered(body) ? "that meets the filter " : "";
  if (body.mode === "hybrid") return `No document ${which}has these words or a stored meaning yet.`;
  return `No document ${which}has a stored meaning yet.`;
}
