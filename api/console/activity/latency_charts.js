// Latency percentiles of GET /v1/stats, as charts.

import { $ } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { Chart } from "./chart.js";

const CHARTS = [
  ["write", "Write", "request to response"],
  ["waiting", "Waiting", "written to ready"],
  ["embedding", "Embedding", "one call of the model"],
  ["search", "Search", "request to response"],
];

export function startLatencyCharts() {
  const charts = CHARTS.map(([key, title, note]) => ({ key, chart: new Chart(title, note) }));
  $("charts").append(...charts.map(({ chart }) => chart.element));
  on("status", ({ stats }) => {
    if (!stats?.latency) return;
    const at = Date.now();
    requestAnimationFrame(() => charts.forEach(({ key, chart }) => chart.add(at, stats.latency[key])));
  });
}
