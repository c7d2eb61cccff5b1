// A hit: what was found, and why it is where it is.

import { button, el, say, snippet, svg } from "./dom.js";
import { ordinal } from "./format.js";
import { passage } from "./passage.js";
import { emit } from "./signals.js";

const FUSION_K = 10;
const MOST = 2 / (FUSION_K + 1); // first by both
const TAGS = 4;

export class HitRow {
  constructor(hit, place) {
    this.document = hit.document;
    this.status = el("span", { class: "status" });
    this.title = button(hit.document.title ?? hit.document.id, () => emit("edit", hit.document), { class: "title" });
    this.element = el("li", { class: "hit" },
      el("span", { class: "place", "aria-hidden": "true" }, String(place)),
      el("div", {},
        el("h3", {}, this.title, this.status),
        el("p", { class: "snippet" }, ...snippet(hit.snippet)),
        tags(hit.document.metadata),
        why(hit),
        passage(hit)));
    this.show(hit.document.status);
  }

  is({ id, collection }) {
    return id === this.document.id && collection === this.document.collection;
  }

  heard(changes) {
    const mine = changes.findLast((change) => this.is(change));
    if (mine) this.show(mine.status);
  }

  show(status) {
    this.element.dataset.status = status;
    say(this.status, status === "ready" ? "" : status);
  }
}

function tags(metadata) {
  const known = Object.entries(metadata).slice(0, TAGS);
  if (!known.length) return null;
  return el("ul", { class: "tags", "aria-label": "Metadata" }, ...known.map(([name, value]) =>
    el("li", {}, `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)));
}

const earned = (rank) => (rank ? 1 / (FUSION_K + rank) : 0);

function why({ score, ranks, nearest }) {
  const meaning = earned(ranks.semantic);
  const words = earned(ranks.text);
  const parts = [said(ranks.semantic, meaning, "meaning"), said(ranks.text, words, "words")];
  const known = Math.abs(meaning + words - score) < 1e-6;
  return el("div", { class: "why" },
    known && bar(meaning, words),
    el("p", {}, ...joined(parts.filter(Boolean)), known && parts.every(Boolean) && ` = ${score.toFixed(3)}`),
    nearest && el("p", {}, `${nearest.similarity.toFixed(2)}\u00a0alike`));
}

function said(rank, points, kind) {
  return rank && el("span", { class: kind }, `${ordinal(rank)} by ${kind}`, el("small", {}, ` ${points.toFixed(3)}`));
}

const joined = (parts) => parts.flatMap((part, place) => (place ? [" + ", part] : [part]));

function bar(meaning, words) {
  const width = (points) => (100 * points) / MOST;
  return svg("svg", { class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", width: 100, height: 4 }),
    svg("rect", { class: "meaning", width: width(meaning), height: 4 }),
    svg("rect", { class: "words", x: width(meaning), width: width(words), height: 4 }));
}
