// Marks parts of a text. The API counts code points, JavaScript counts UTF-16 units.

import { el } from "./dom.js";

export const mark = (text) => el("mark", {}, text);

/** A range of code points as one of units. */
export function inUnits(text, range) {
  const [start, end] = unitsAt(text, [range.start, range.end]);
  return { start, end };
}

/** Positions in code points, which ascend, in units. */
export function unitsAt(text, points) {
  let [unit, point] = [0, 0];
  return points.map((wanted) => {
    for (; point < wanted && unit < text.length; point += 1) unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
    return unit;
  });
}

/** A text in pieces. `wraps` are pairs of a range and what makes an element of the text in it. The first that fits counts. */
export function pieces(text, wraps) {
  const borders = [0, text.length, ...wraps.flatMap(([{ start, end }]) => [start, end])];
  const cuts = borders.map((border) => Math.min(Math.max(border, 0), text.length)).sort((a, b) => a - b);
  return cuts.slice(1).flatMap((end, index) => {
    const start = cuts[index];
    if (start === end) return [];
    const [, wrap] = wraps.find(([range]) => range.start <= start && end <= range.end) ?? [];
    const piece = text.slice(start, end);
    return [wrap ? wrap(piece) : piece];
  });
}
