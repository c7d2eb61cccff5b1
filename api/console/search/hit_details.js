// What is behind “Details” of a hit: how it was ranked, its nearest chunk, and its metadata.

import { breakable } from "../lib/breakable.js";
import { documentAddress } from "../lib/document_address.js";
import { el } from "../lib/dom.js";
import { count, dateTime, ordinal } from "../lib/format.js";
import { valueNode } from "./value_node.js";

const STATES = {
  ready: "Searchable by words and meaning",
  pending: "Searchable by words; its meaning is not stored yet",
  failed: "Searchable by words; storing its meaning failed",
};

export function detailNodes(hit) {
  const { document } = hit;
  const metadata = Object.entries(document.metadata).map(([name, value]) => [name, valueNode(value)]);
  const entries = [...rankingOf(hit), ...nearestOf(hit), ...identityOf(document), ...metadata];
  return [el("dl", { class: "facts" }, ...entries.map(fact))];
}

const fact = ([name, value]) => el("div", {}, el("dt", {}, name), el("dd", { dir: "auto" }, ...(typeof value === "string" ? breakable(value) : [value])));

function rankingOf({ ranks, scores, score }) {
  return [
    ["Meaning", ranks.semantic && `${ordinal(ranks.semantic)} by meaning, similarity ${scores.semantic.toFixed(2)}`],
    ["Words", ranks.text && `${ordinal(ranks.text)} by words, score ${scores.text.toFixed(1)}`],
    ["Score", score.toFixed(2)],
    ["Reranker", scores.rerank?.toFixed(2)],
  ].filter(([, value]) => value);
}

/** The chunk that the similarity is of. The snippet may be of another, which has the words. */
function nearestOf({ document, nearest }) {
  if (!nearest || nearest.chunks < 2 || nearest.start === null) return [];
  const words = `characters ${count(nearest.start + 1)} to ${count(nearest.end)}, one of ${count(nearest.chunks)} passages`;
  return [["Nearest passage", el("a", { href: documentAddress({ ...document, ...nearest }) }, words)]];
}

const identityOf = ({ id, collection, status, version, updated_at }) => [
  ["Id", id],
  ["Collection", collection],
  ["State", STATES[status] ?? status],
  ["Changed", `${dateTime(updated_at)}, version ${version}`],
];
