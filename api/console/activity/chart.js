// A chart of panels that share an axis of time. A cursor shows the values of one moment.

import { el, setText, svg } from "../lib/dom.js";
import { clock } from "../lib/format.js";
import { drawPanel } from "./panel.js";
import { ticks } from "./scale.js";
import { isGap, perStep } from "./series.js";

const ABOVE = 24; // pixels above a panel, for its title
const AXIS = 20;

export class Chart {
  constructor({ title, isWide, panels }, cursor) {
    this.title = title;
    this.panelsOf = panels;
    this.time = el("span", { class: "note" });
    this.readings = el("dl", { class: "readings" });
    const height = panels("").reduce((sum, panel) => sum + ABOVE + panel.height, AXIS);
    this.picture = svg("svg", { class: "picture", "aria-hidden": "true", height });
    this.plot = el("div", { class: "plot", role: "slider", tabindex: 0, "aria-label": `${title}, time`, "aria-valuemin": 0, "aria-valuenow": 0 }, this.picture);
    this.element = el("figure", { class: isWide ? "chart wide" : "chart" },
      el("figcaption", {}, el("h3", {}, title), this.time), this.readings, this.plot);
    cursor.follow(this);
  }

  draw(history, hours) {
    this.history = history;
    const { points, step_seconds: step } = history;
    this.panels = this.panelsOf(perStep(step));
    this.series = this.panels.flatMap(({ series }) => series);
    let end = 0;
    const drawn = this.panels.map((panel) => {
      const top = end + ABOVE;
      end = top + panel.height;
      return drawPanel(panel, points, top);
    });
    this.heights = drawn.flatMap(({ y }, index) => this.panels[index].series.map(() => y));
    this.mark = svg("g", { class: "mark" });
    this.bottom = end;
    this.picture.replaceChildren(...gaps(points, end), ...timeAxis(history, hours, end), ...drawn.map(({ picture }) => picture), this.mark);
    this.readings.replaceChildren(...this.series.map(reading));
    this.plot.setAttribute("aria-valuemax", points.length - 1);
  }

  /** Show the values of a point, and mark it if the user asks for it. */
  read(index, isMarked) {
    const point = this.history.points[index];
    const texts = this.series.map(({ value, format }) => format(value(point)));
    setText(this.time, `${isMarked ? "" : "Latest: "}${clock(point.time)}${isGap(point) ? ", not recorded" : ""}`);
    texts.forEach((text, row) => setText(this.readings.children[row].lastChild, text));
    this.plot.setAttribute("aria-valuenow", index);
    this.plot.setAttribute("aria-valuetext", this.inWords(point, texts));
    this.mark.replaceChildren(...(isMarked ? this.marks(point, index) : []));
  }

  inWords(point, texts) {
    const values = this.series.map(({ name, value, absent }, row) => (value(point) === null ? absent ?? `${name} unknown` : `${name} ${texts[row]}`));
    return `${clock(point.time)}: ${isGap(point) ? "not recorded" : [...new Set(values)].join(", ")}`;
  }

  marks(point, index) {
    const x = percent(index + 0.5, this.history.points.length);
    const dots = this.series.map(({ value, kind }, row) => {
      const found = value(point);
      return found === null ? null : svg("circle", { class: kind, cx: x, cy: this.heights[row](found), r: 3.5 });
    });
    return [svg("line", { x1: x, x2: x, y1: 0, y2: this.bottom }), ...dots.filter(Boolean)];
  }
}

const percent = (part, whole) => `${((100 * part) / whole).toFixed(2)}%`;

const reading = ({ name, kind, shape }) => el("div", { class: `${shape} ${kind}` }, el("dt", {}, name), el("dd", {}, "–"));

/** A band wherever nothing was recorded. */
function gaps(points, height) {
  const bands = [];
  points.forEach((point, index) => {
    if (!isGap(point)) return;
    if (bands.at(-1)?.end === index) bands.at(-1).end += 1;
    else bands.push({ start: index, end: index + 1 });
  });
  return bands.map(({ start, end }) => svg("rect", {
    class: "gap", x: percent(start, points.length), width: percent(end - start, points.length), y: ABOVE, height: height - ABOVE,
  }));
}

function timeAxis({ since, until }, hours, height) {
  const [start, end] = [Date.parse(since), Date.parse(until)];
  return ticks(start, end, hours).flatMap((time) => {
    const x = percent(time - start, end - start);
    return [
      svg("line", { class: "tick", x1: x, x2: x, y1: height, y2: height + 4 }),
      svg("text", { class: "time-label", x, y: height + 16 }, clock(time)),
    ];
  });
}
