// Underlines the words that the search has found in the text. The text's elements stay as they are.

import { keptHit } from "../search/kept_hits.js";

const NAME = "query-words";
const SYNTAX = /[\\^$.*+?()[\]{}|/]/g;
const WITHOUT_SPACES = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

let found = null; // all ranges, or null if the browser has no highlights
let pattern = null;

/** Begin with another text of a document. */
export function startWords(document) {
  found ??= globalThis.Highlight && new Highlight();
  found?.clear();
  if (found) CSS.highlights.set(NAME, found);
  pattern = patternOf(keptHit(document)?.words ?? []);
}

/** Underline the words in an element of the text. */
export function underlineWords(element) {
  if (!found || !pattern) return;
  const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) for (const range of rangesIn(nodes.currentNode)) found.add(range);
}

const rangesIn = (node) => Array.from(node.data.matchAll(pattern),
  ({ 0: word, index }) => new StaticRange({ startContainer: node, startOffset: index, endContainer: node, endOffset: index + word.length }));

function patternOf(words) {
  if (!words.length) return null;
  return new RegExp(words.map(wholeWord).join("|"), "giu");
}

function wholeWord(word) {
  const escaped = word.replace(SYNTAX, "\\$&");
  return WITHOUT_SPACES.test(word) ? escaped : `(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`;
}
