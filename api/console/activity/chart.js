// A line chart of percentiles over the last minutes, drawn as SVG.

import { el, setText, svg } from "../lib/dom.js";
import { milliseconds } from "../lib/format.js";

const MAX_SPAN_MS = 5 * 60_000;
const MIN_SPAN_MS = 60_000;
const GAP_MS = 10_000; // points come every two seconds while the page is visible
const WIDTH = 240;
const HEIGHT = 64;
const PERCENTILES = ["p99", "p95", "p50"];

export class Chart {
  points = [];
  started = Date.now();

  constructor(title, note) {
    this.title = title;
    this.lines = PERCENTILES.map((name) => svg("path", { class: `line ${name}` }));
    this.maximum = el("span", { class: "maximum" });
    this.span = el("span", { class: "span" });
    this.values = new Map(PERCENTILES.map((name) => [name, el("dd", {}, "–")]));
    this.picture = svg(
      "svg",
      { role: "img", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" },
      ...this.lines,
    );
    this.element = this.build(note);
  }

  build(note) {
    const values = [...this.values].reverse();
    return el("figure", { class: "chart" },
      el("figcaption", {}, el("h3", {}, this.title), el("span", { class: "note" }, note)),
      el("div", { class: "plot" }, this.picture, this.maximum, this.span),
      el("dl", {}, ...values.map(([name, value]) =>
        el("div", { class: name }, el("dt", {}, name), value))));
  }

  /** Add a point: `at` in milliseconds since 1970, percentiles as in the API. */
  add(at, percentiles) {
    this.points = [...this.points.filter((point) => point.at > at - MAX_SPAN_MS), { at, ...percentiles }];
    this.draw(Math.min(MAX_SPAN_MS, Math.max(MIN_SPAN_MS, at - this.started)));
  }

  draw(span) {
    const latest = this.points.at(-1);
    const maximum = roundedUp(Math.max(...this.points.map((point) => point.p99_ms ?? 0)));
    setText(this.maximum, this.points.some((point) => point.count) ? milliseconds(maximum).replace(".0", "") : "");
    setText(this.span, `${Math.round(span / 60_000)} min`);
    this.lines.forEach((line, index) => {
      line.setAttribute("d", path(this.points, `${PERCENTILES[index]}_ms`, span, maximum));
    });
    for (const [name, value] of this.values) setText(value, milliseconds(latest[`${name}_ms`]));
    this.picture.setAttribute("aria-label", this.describe(latest));
  }

  describe(latest) {
    if (!latest.count) return `${this.title}: none in the last minute`;
    const values = PERCENTILES.toReversed().map((name) => `${name} ${milliseconds(latest[`${name}_ms`])}`);
    return `${this.title}, last minute: ${values.join(", ")}`;
  }
}

/** The next of 1, 2, 5, 10, 20, 50, … */
function roundedUp(highest) {
  if (!highest) return 1;
  const unit = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((step) => step * unit).find((value) => value >= highest);
}

/** An SVG path through the points. It has a gap where points are missing or have no value. */
function path(points, name, span, maximum) {
  const end = points.at(-1).at;
  let drawnAt = -Infinity;
  return points.map((point) => {
    if (point[name] == null) { drawnAt = -Infinity; return ""; }
    const x = (1 - (end - point.at) / span) * WIDTH;
    const y = HEIGHT - 2 - (point[name] / maximum) * (HEIGHT - 4);
    const continues = point.at - drawnAt < GAP_MS;
    drawnAt = point.at;
    return continues ? `L${x.toFixed(1)} ${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}h.1`;
  }).join("");
}
