// What is behind “Details” of a hit: how it was ranked, its metadata, and its nearest chunk.

import { el } from "../lib/dom.js";
import { dateTime, ordinal } from "../lib/format.js";
import { textOf } from "./filter_values.js";
import { nearestChunk } from "./nearest_chunk.js";

const STATES = {
  ready: "Searchable by words and meaning",
  pending: "Searchable by words; its meaning is not stored yet",
  failed: "Searchable by words; storing its meaning failed",
};

export function detailNodes(hit) {
  const { document } = hit;
  return [
    el("dl", { class: "facts" }, ...facts(rankingOf(hit)), ...facts(identityOf(document)), ...facts(Object.entries(document.metadata))),
    nearestChunk(hit),
  ].filter(Boolean);
}

const facts = (entries) => entries.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", { dir: "auto" }, valueText(value))));

/** A value of metadata. A list of plain values is not shown as JSON. */
const valueText = (value) =>
  (Array.isArray(value) && value.every((each) => typeof each !== "object") ? value.map(textOf).join(", ") : textOf(value));

function rankingOf({ ranks, scores, score }) {
  return [
    ["Meaning", ranks.semantic && `${ordinal(ranks.semantic)} by meaning, similarity ${scores.semantic.toFixed(2)}`],
    ["Words", ranks.text && `${ordinal(ranks.text)} by words, score ${scores.text.toFixed(1)}`],
    ["Score", score.toFixed(2)],
    ["Reranker", scores.rerank?.toFixed(2)],
  ].filter(([, value]) => value);
}

const identityOf = ({ id, collection, status, version, updated_at }) => [
  ["Id", id],
  ["Collection", collection],
  ["State", STATES[status] ?? status],
  ["Changed", `${dateTime(updated_at)}, version ${version}`],
];
