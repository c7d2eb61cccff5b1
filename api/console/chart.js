// Small charts of percentiles over the last minutes, drawn as SVG.

import { $, el, say, svg } from "./dom.js";
import { milliseconds } from "./format.js";
import { on } from "./signals.js";

const LONGEST_MS = 5 * 60_000;
const SHORTEST_MS = 60_000;
const GAP_MS = 10_000; // figures come every two seconds while somebody looks
const WIDTH = 240;
const HEIGHT = 64;
const LINES = ["p99", "p95", "p50"];
const CHARTS = [
  ["write", "Write", "from request to answer"],
  ["waiting", "Waiting", "from written to ready"],
  ["embedding", "Embedding", "a batch, by the model"],
  ["search", "Search", "from request to answer"],
];

class Chart {
  points = [];
  started = Date.now();

  constructor([key, title, meaning]) {
    this.key = key;
    this.title = title;
    this.lines = LINES.map((name) => svg("path", { class: `line ${name}` }));
    this.top = el("span", { class: "top" });
    this.since = el("span", { class: "since" });
    this.values = new Map(LINES.map((name) => [name, el("dd", {}, "–")]));
    this.picture = svg(
      "svg",
      { role: "img", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" },
      ...this.lines,
    );
    this.element = this.build(meaning);
  }

  build(meaning) {
    const figures = [...this.values].reverse();
    return el("figure", { class: "chart" },
      el("figcaption", {}, el("h3", {}, this.title), el("span", { class: "note" }, meaning)),
      el("div", { class: "plot" }, this.picture, this.top, this.since),
      el("dl", {}, ...figures.map(([name, value]) =>
        el("div", { class: name }, el("dt", {}, name), value))));
  }

  add(at, figure) {
    this.points = [...this.points.filter((point) => point.at > at - LONGEST_MS), { at, ...figure }];
    this.draw(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, at - this.started)));
  }

  draw(span) {
    const latest = this.points.at(-1);
    const top = niceTop(Math.max(...this.points.map((point) => point.p99_ms ?? 0)));
    say(this.top, this.points.some((point) => point.count) ? milliseconds(top).replace(".0", "") : "");
    say(this.since, `${Math.round(span / 60_000)} min`);
    this.lines.forEach((line, place) => {
      line.setAttribute("d", path(this.points, `${LINES[place]}_ms`, span, top));
    });
    for (const [name, value] of this.values) say(value, milliseconds(latest[`${name}_ms`]));
    this.picture.setAttribute("aria-label", this.describe(latest));
  }

  describe(latest) {
    if (!latest.count) return `${this.title}: none in the last minute`;
    const said = LINES.toReversed().map((name) => `${name} ${milliseconds(latest[`${name}_ms`])}`);
    return `${this.title}, last minute: ${said.join(", ")}`;
  }
}

function niceTop(highest) {
  if (!highest) return 1;
  const unit = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((step) => step * unit).find((top) => top >= highest);
}

/** An SVG path through the points; a minute without any leaves a gap, and so does time in which nobody asked. */
function path(points, name, span, top) {
  const end = points.at(-1).at;
  let drawn = -Infinity; // when the line was last at a point
  return points.map((point) => {
    if (point[name] == null) { drawn = -Infinity; return ""; }
    const x = (1 - (end - point.at) / span) * WIDTH;
    const y = HEIGHT - 2 - (point[name] / top) * (HEIGHT - 4);
    const step = point.at - drawn < GAP_MS ? `L${x.toFixed(1)} ${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}h.1`;
    drawn = point.at;
    return step;
  }).join("");
}

export function startCharts() {
  const charts = CHARTS.map((chart) => new Chart(chart));
  $("charts").append(...charts.map(({ element }) => element));
  on("status", ({ stats }) => {
    if (!stats?.latency) return;
    const at = Date.now();
    requestAnimationFrame(() => charts.forEach((chart) => chart.add(at, stats.latency[chart.key])));
  });
}
