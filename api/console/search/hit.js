// A search hit: the document found, and how it was ranked.

import { button, el, setText, svg } from "../lib/dom.js";
import { emit } from "../lib/event_bus.js";
import { ordinal } from "../lib/format.js";
import { nearestChunk } from "./nearest_chunk.js";

const FUSION_K = 10;
const MAX_SCORE = 2 / (FUSION_K + 1); // first in both rankings
const MAX_FIELDS = 4;
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };

export class Hit {
  constructor(hit, rank) {
    this.document = hit.document;
    this.status = el("span", { class: "status" });
    this.title = button("", () => emit("edit-requested", hit.document), { class: "title" });
    this.title.replaceChildren(...(hit.title_snippet ? highlighted(hit.title_snippet) : [hit.document.id]));
    this.element = el("li", { class: "hit" },
      el("span", { class: "rank", "aria-hidden": "true" }, String(rank)),
      el("div", {},
        el("h3", {}, this.title, this.status),
        el("p", { class: "snippet" }, ...highlighted(hit.snippet)),
        metadataList(hit.document.metadata),
        explanation(hit),
        nearestChunk(hit)));
    this.showStatus(hit.document.status);
  }

  isOf({ id, collection }) {
    return id === this.document.id && collection === this.document.collection;
  }

  applyChanges(changes) {
    const change = changes.findLast((each) => this.isOf(each));
    if (change) this.showStatus(change.status);
  }

  showStatus(status) {
    this.element.dataset.status = status;
    setText(this.status, status === "ready" ? "" : status);
  }
}

/** The nodes of a snippet. The API escapes everything but <mark>, which becomes an element here. */
function highlighted(snippet) {
  return snippet.split(/<\/?mark>/).map((part, index) => {
    const text = part.replace(/&(?:lt|gt|quot|#x27|amp);/g, (entity) => ENTITIES[entity]);
    return index % 2 ? el("mark", {}, text) : text;
  });
}

function metadataList(metadata) {
  const fields = Object.entries(metadata).slice(0, MAX_FIELDS);
  if (!fields.length) return null;
  return el("ul", { class: "metadata", "aria-label": "Metadata" }, ...fields.map(([name, value]) =>
    el("li", {}, `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)));
}

const scoreOf = (rank) => (rank ? 1 / (FUSION_K + rank) : 0);

/** Ranks, scores and similarity. The scores are added up only if their sum is the hit's score. */
function explanation({ score, ranks, nearest }) {
  const meaning = scoreOf(ranks.semantic);
  const words = scoreOf(ranks.text);
  const parts = [rankText(ranks.semantic, meaning, "meaning"), rankText(ranks.text, words, "words")];
  const isSum = Math.abs(meaning + words - score) < 1e-6;
  return el("div", { class: "explanation" },
    isSum && scoreBar(meaning, words),
    el("p", {}, ...withPlus(parts.filter(Boolean)), isSum && parts.every(Boolean) && ` = ${score.toFixed(3)}`),
    nearest && el("p", {}, `similarity\u00a0${nearest.similarity.toFixed(2)}`));
}

function rankText(rank, score, kind) {
  return rank && el("span", { class: kind }, `${ordinal(rank)} by ${kind}`, el("small", {}, ` ${score.toFixed(3)}`));
}

const withPlus = (parts) => parts.flatMap((part, index) => (index ? [" + ", part] : [part]));

function scoreBar(meaning, words) {
  const width = (score) => (100 * score) / MAX_SCORE;
  return svg("svg", { class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", width: 100, height: 4 }),
    svg("rect", { class: "meaning", width: width(meaning), height: 4 }),
    svg("rect", { class: "words", x: width(meaning), width: width(words), height: 4 }));
}
