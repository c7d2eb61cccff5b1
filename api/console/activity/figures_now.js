// Big figures of this moment: of the chosen collection, and of all collections together.

import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { count, duration, rate, timeOfDay } from "../lib/format.js";
import { startCollectionNow } from "./collection_now.js";

const OF_COLLECTION = [
  { name: "Pending", value: ({ pending }) => count(pending), note: () => "wait to be embedded" },
  { name: "Ready", value: ({ ready }) => count(ready), note: ({ total }) => `of ${count(total)}` },
  {
    name: "Failed documents",
    value: ({ failed }) => count(failed),
    note: ({ failed }) => (failed ? "see the reasons below" : "none"),
    isAlert: ({ failed }) => failed > 0,
  },
];

const OF_ALL = [
  { name: "Ready per second", value: (stats) => rate(stats.embedded_per_second), note: () => "in the last minute" },
  {
    name: "Oldest pending",
    value: ({ oldest_pending_seconds: seconds }) => (seconds == null ? "–" : duration(Math.round(seconds)).replace(".0", "")),
    note: ({ documents: { pending } }) => (pending ? `of ${count(pending)}` : "nothing waits"),
  },
  {
    name: "Workers",
    value: ({ workers }) => count(workers),
    note: workOf,
    isAlert: (stats) => !stats.workers || Boolean(stats.paused_reason),
  },
];

function workOf({ workers, paused_reason: reason, documents: { pending } }) {
  if (!workers) return "none runs";
  if (reason) return "paused";
  return pending ? "embedding" : "nothing to do";
}

let readAt = null;

export function startFiguresNow() {
  const ofCollection = cellsIn($("collection-figures"), OF_COLLECTION);
  const ofAll = cellsIn($("system-figures"), OF_ALL);
  on("collection-selected", () => ofCollection.forEach(clear));
  startCollectionNow((found) => ofCollection.forEach((cell) => (found?.documents ? fill(cell, found.documents) : clear(cell))));
  on("status", ({ stats }) => requestAnimationFrame(() => show(stats, ofAll)));
}

function cellsIn(list, figures) {
  const cells = figures.map((figure) => {
    const value = el("dd", { class: "value" }, "–");
    const note = el("dd", { class: "note" }, "\u00a0");
    return { ...figure, element: el("div", { class: "big-figure" }, el("dt", {}, figure.name), value, note), texts: { value, note } };
  });
  list.append(...cells.map(({ element }) => element));
  return cells;
}

function fill({ element, texts, value, note, isAlert }, figures) {
  setText(texts.value, value(figures));
  setText(texts.note, note(figures));
  element.classList.toggle("alert", Boolean(isAlert?.(figures)));
}

function clear({ element, texts }) {
  setText(texts.value, "–");
  setText(texts.note, "\u00a0");
  element.classList.remove("alert");
}

function show(stats, cells) {
  if (stats) {
    readAt = new Date();
    cells.forEach((cell) => fill(cell, stats));
  }
  setText($("figures-age"), stats || !readAt ? "" : `These figures are from ${timeOfDay(readAt)}.`);
  document.querySelector(".figure-groups").classList.toggle("stale", !stats);
}
