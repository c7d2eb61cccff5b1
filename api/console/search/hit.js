// A search hit: the document found, and how it was ranked.

import { button, el, setText, svg } from "../lib/dom.js";
import { emit } from "../lib/event_bus.js";
import { ordinal } from "../lib/format.js";
import { nearestChunk } from "./nearest_chunk.js";

const BAR_WIDTHS = { strong: 100, fair: 60, weak: 25 };
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

/** How relevant the hit probably is, and its rank and score in each way. */
function explanation({ relevance, ranks, scores }) {
  const ways = [
    way(ranks.semantic, "meaning", "similarity", scores.semantic?.toFixed(2)),
    way(ranks.text, "words", "score", scores.text?.toFixed(1)),
  ];
  return el("div", { class: "explanation", "data-relevance": relevance ?? "unknown" },
    relevance && relevanceBar(relevance),
    relevance && el("p", {}, `${relevance} match`),
    ...ways.filter(Boolean));
}

function way(rank, kind, scoreName, score) {
  return rank && el("p", {}, el("span", { class: kind }, `${ordinal(rank)} by ${kind}`),
    el("small", {}, ` ${scoreName}\u00a0${score}`));
}

export function relevanceBar(relevance) {
  return svg("svg", { class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", width: 100, height: 4 }),
    svg("rect", { class: "range", width: BAR_WIDTHS[relevance], height: 4 }));
}
