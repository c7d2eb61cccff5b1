// The status bar: statistics and the state of each component.

import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { timeOfDay } from "../lib/format.js";
import { latencyTargets } from "./latency_targets.js";
import { COMPONENTS } from "./problems.js";
import { queueForecast } from "./queue_forecast.js";
import { STATISTICS } from "./statistics.js";

const STREAM_LABELS = { live: "on", connecting: "connecting", retrying: "off", forbidden: "not allowed" };
const LABELS = {
  paused: "paused", disk_full: "disk full", read_only: "read-only", misconfigured: "wrong model", unknown: "unknown",
};
const STREAM_OK = { live: "yes", connecting: "", retrying: "no", forbidden: "" };

const cells = STATISTICS.map(({ name, wide }) => {
  const value = el("dd", { class: "value" }, "–");
  const note = el("dd", { class: "note" }, " ");
  const cell = el("div", { class: wide ? "statistic wide" : "statistic" }, el("dt", {}, name), value, note);
  return { cell, value, note };
});
const components = Object.entries(COMPONENTS).map(([key, { name }]) => ({ key, ...componentItem(name) }));
const stream = componentItem("Live updates");

let readAt = null;

export function startStatusBar() {
  $("statistics").append(...cells.map(({ cell }) => cell));
  $("components").append(...components.map(({ item }) => item), stream.item);
  on("status", (status) => requestAnimationFrame(() => show(status)));
  on("stream-state", (state) => {
    setText(stream.state, STREAM_LABELS[state]);
    stream.item.dataset.ok = STREAM_OK[state];
  });
}

function componentItem(name) {
  const state = el("span", { class: "state" }, "…");
  const item = el("li", { class: "component" }, el("span", {}, name), " ", state);
  return { item, state };
}

function show({ components: states, stats }) {
  if (stats) showStats(stats);
  else setText($("queue-forecast"), readAt ? `These statistics are from ${timeOfDay(readAt)}.` : "");
  $("status-bar").classList.toggle("stale", !stats);
  showComponents(states);
}

function showStats(stats) {
  readAt = new Date();
  STATISTICS.forEach(({ value, note, isAlert }, index) => {
    setText(cells[index].value, value(stats));
    setText(cells[index].note, note(stats));
    cells[index].cell.classList.toggle("alert", Boolean(isAlert?.(stats)));
  });
  showFlower(stats.flower_url);
  setText($("queue-forecast"), queueForecast(stats));
  setText($("latency-targets"), latencyTargets(stats.targets));
}

function showFlower(address) {
  const url = new URL(address, location.href);
  if (["http:", "https:"].includes(url.protocol)) $("flower").querySelector("a").href = url.href;
  $("flower").hidden = false;
}

function showComponents(states) {
  for (const { key, item, state } of components) {
    const known = states?.[key];
    item.dataset.ok = known ? (known.ok ? "yes" : "no") : "";
    setText(state, known ? componentLabel(key, known) : "unknown");
  }
}

function componentLabel(key, { ok, state, detail }) {
  if (!ok) return LABELS[state] ?? "down";
  return key === "worker" ? detail : "answers";
}
