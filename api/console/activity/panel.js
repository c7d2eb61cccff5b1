// A part of a chart with one axis of values: grid lines, a maximum, and a shape for each series.

import { svg } from "../lib/dom.js";
import { SHAPES, WIDTH, dots } from "./shapes.js";

const MIN_HEIGHT_FOR_HALF = 60;

/** The picture of a panel whose upper edge is at `top`, in pixels, and a function from values to their height there. */
export function drawPanel({ title, height, rounded, label, series }, points, top) {
  const rows = series.map(({ value }) => points.map(value));
  const maximum = rounded(Math.max(0, ...rows.flat()));
  const levels = height < MIN_HEIGHT_FOR_HALF ? [0, 1] : [0, 0.5, 1];
  const picture = svg("g", { transform: `translate(0 ${top})` },
    svg("text", { x: 0, y: -8 }, title),
    ...levels.map((level) => gridLine(level, height)),
    ...levels.filter(Boolean).map((level) => valueLabel(label(level * maximum), height * (1 - level))),
    svg("svg", { width: "100%", height, viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none" },
      ...series.flatMap(({ shape, kind }, row) => pathsOf(shape, kind, [rows[row], height, maximum]))));
  return { picture, y: (value) => top + height * (1 - value / maximum) };
}

function pathsOf(shape, kind, values) {
  const path = svg("path", { class: `${shape} ${kind}`, d: SHAPES[shape](...values) });
  return shape === "line" ? [path, svg("path", { class: `dots line ${kind}`, d: dots(...values) })] : [path];
}

function gridLine(level, height) {
  const y = Math.round(height * (1 - level)) + 0.5;
  return svg("line", { class: level ? "grid" : "grid base", x1: 0, x2: "100%", y1: y, y2: y });
}

const valueLabel = (text, y) => svg("text", { class: "value-label", x: -8, y, dy: ".32em" }, text);
