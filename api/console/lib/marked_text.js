// Marks parts of a text. The API counts code points, JavaScript counts UTF-16 units.

import { el } from "./dom.js";

export const mark = (text) => el("mark", {}, text);

/** A range of code points as one of units. */
export const inUnits = (text, { start, end }) => ({ start: unitAt(text, start), end: unitAt(text, end) });

function unitAt(text, point) {
  let unit = 0;
  for (let rest = point; rest > 0 && unit < text.length; rest -= 1) unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
  return unit;
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
