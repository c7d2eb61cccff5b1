// Says which words of a short query no document has, when hits have others.

import { requestHits } from "../lib/api.js";
import { $, setText } from "../lib/dom.js";
import { missingWords } from "./had_words.js";
import { readQuery } from "./query_syntax.js";

const PAUSE_MS = 500; // a word that is still being typed is no news
const WORDS_MAX = 5; // a longer query is a sentence
const SINGLE_MAX = 2;
const LENGTH_MIN = 3; // characters
const KEPT_MS = 60_000;
const QUOTES = /["“”„‟«»\uff02]/u; // a phrase can have none

const answers = new Map(); // { isUnknown, at } by collection, filter and word
let asking = null; // aborts the questions in progress

/** Say it of the search with this body and these hits, if some have words of the query. */
export async function showMissingWords(body, hits) {
  hideMissingWords();
  const { signal } = (asking = new AbortController());
  forgetOld();
  const missing = missingAmong(body, hits);
  await learn(missing.filter((word) => !answers.has(keyOf(word, body))), body, signal).catch(() => {}); // the hits are there
  if (!signal.aborted) setText($("missing-words"), sentence(missing.filter((word) => answers.get(keyOf(word, body))?.isUnknown), body));
}

export function hideMissingWords() {
  asking?.abort();
  setText($("missing-words"), "");
}

function missingAmong({ q }, hits) {
  const marked = hits.flatMap(({ words }) => words);
  const { words } = readQuery(q);
  if (!marked.length || words.split(/\s+/, WORDS_MAX + 1).length > WORDS_MAX) return [];
  return missingWords(words, marked).filter((word) => word.length >= LENGTH_MIN && !QUOTES.test(word)).slice(0, WORDS_MAX);
}

/** Ask of all words at once. If documents have one, ask of the longest ones singly: frequent words are short, and never marked. */
async function learn(words, body, signal) {
  if (!words.length) return;
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  if (signal.aborted || await areUnknown(words, body, signal) || words.length === 1) return;
  const longest = [...words].sort((one, other) => other.length - one.length).slice(0, SINGLE_MAX);
  await Promise.all(longest.map((word) => areUnknown([word], body, signal)));
}

/** Whether no document has any of these words. */
async function areUnknown(words, body, signal) {
  const { collection, filter } = body;
  const q = words.map((word) => `"${word}"`).join(" OR ");
  const { total } = await requestHits({ collection, filter, mode: "text", limit: 0, q }, signal);
  const isUnknown = total.exact && !total.count;
  if (!isUnknown && words.length > 1) return false; // nobody knows which of them
  for (const word of words) answers.set(keyOf(word, body), { isUnknown, at: Date.now() });
  return isUnknown;
}

const keyOf = (word, { collection, filter }) => JSON.stringify([collection, filter, word]);

function forgetOld() {
  for (const [key, { at }] of answers) if (Date.now() - at > KEPT_MS) answers.delete(key);
}

function sentence(words, { filter }) {
  if (!words.length) return "";
  const which = Object.keys(filter).length ? "that meets the filter " : "";
  return `· No document ${which}has the word ${words.map((word) => `“${word}”`).join(" or the word ")}.`;
}
