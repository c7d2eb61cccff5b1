// The figures of all collections together, read from GET /v1/stats.

import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { count, duration, rate, timeOfDay } from "../lib/format.js";

const STATISTICS = [
  { name: "Interactive queue", value: (stats) => count(stats.lanes.interactive), note: () => "single writes" },
  { name: "Bulk queue", value: (stats) => count(stats.lanes.bulk), note: () => "imports" },
  { name: "Embedded", value: (stats) => rate(stats.embedded_per_second), note: () => "per s, last minute" },
  { name: "Oldest pending", value: (stats) => duration(stats.oldest_pending_seconds), note: () => "waiting time" },
  { name: "Ready", value: (stats) => count(stats.documents.ready), note: (stats) => `of ${count(stats.documents.total)}` },
  {
    name: "Failed",
    value: (stats) => count(stats.documents.failed),
    note: (stats) => (stats.documents.failed ? "see reasons below" : "none"),
    isAlert: (stats) => stats.documents.failed > 0,
  },
  {
    name: "Model",
    value: (stats) => stats.model.name ?? "none yet",
    note: (stats) => (stats.model.dimensions ? `${stats.model.dimensions} dimensions` : "no worker has connected to it"),
    wide: true,
  },
];

const cells = STATISTICS.map(({ name, wide }) => {
  const value = el("dd", { class: "value" }, "–");
  const note = el("dd", { class: "note" }, "\u00a0");
  const cell = el("div", { class: wide ? "statistic wide" : "statistic" }, el("dt", {}, name), value, note);
  return { cell, value, note };
});

let readAt = null;

export function startStatistics() {
  $("statistics").append(...cells.map(({ cell }) => cell));
  on("status", ({ stats }) => requestAnimationFrame(() => show(stats)));
}

function show(stats) {
  if (stats) showStatistics(stats);
  setText($("statistics-age"), stats || !readAt ? "" : `These statistics are from ${timeOfDay(readAt)}.`);
  $("statistics").classList.toggle("stale", !stats);
}

function showStatistics(stats) {
  readAt = new Date();
  STATISTICS.forEach(({ value, note, isAlert }, index) => {
    setText(cells[index].value, value(stats));
    setText(cells[index].note, note(stats));
    cells[index].cell.classList.toggle("alert", Boolean(isAlert?.(stats)));
  });
}
