// Says which words of a short query no document has, when hits have others.

import { requestHits } from "../lib/api.js";
import { $, setText } from "../lib/dom.js";
import { missingWords } from "./had_words.js";
import { readQuery } from "./query_syntax.js";

const PAUSE_MS = 500; // a word that is still being typed is no news
const WORDS_MAX = 5; // a longer query is a sentence
const ASKED_MAX = 2;
const LENGTH_MIN = 3; // characters

let asking = null; // aborts the questions in progress

/** Say it of the search with this body and these hits, if some have words of the query. */
export async function showMissingWords(body, hits) {
  hideMissingWords();
  const { signal } = (asking = new AbortController());
  const marked = hits.flatMap(({ words }) => words);
  const { words } = readQuery(body.q);
  if (!marked.length || words.split(/\s+/, WORDS_MAX + 1).length > WORDS_MAX) return;
  const missing = missingWords(words, marked).filter(({ length }) => length >= LENGTH_MIN).slice(0, ASKED_MAX);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  if (signal.aborted) return;
  const unknown = await unknownAmong(missing, body, signal).catch(() => []); // the hits are there
  if (!signal.aborted) setText($("missing-words"), sentence(unknown, body));
}

export function hideMissingWords() {
  asking?.abort();
  setText($("missing-words"), "");
}

async function unknownAmong(words, { collection, filter }, signal) {
  const search = { collection, filter, mode: "text", limit: 0 };
  const totals = await Promise.all(words.map(async (word) => (await requestHits({ ...search, q: `"${word}"` }, signal)).total));
  return words.filter((_, index) => totals[index].exact && !totals[index].count);
}

function sentence(words, { filter }) {
  if (!words.length) return "";
  const which = Object.keys(filter).length ? "that meets the filter " : "";
  return `· No document ${which}has the word ${words.map((word) => `“${word}”`).join(" or the word ")}.`;
}
