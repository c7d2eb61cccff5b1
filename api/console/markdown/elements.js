// Makes elements of the blocks of a Markdown text. The passage in `range` is marked.

import { el } from "../lib/dom.js";
import { mark, pieces } from "../lib/marked_text.js";
import { blocks } from "./blocks.js";
import { inline } from "./inline.js";

const MAX_NESTING = 2; // quotes within quotes

/** The elements of a few blocks. Neighbouring items share a list. */
export function elementsOf(text, found, range, nesting = 0) {
  const elements = [];
  let list = null;
  for (const block of found) {
    if (block.type === "item") {
      const tag = block.number === undefined ? "ul" : "ol";
      if (list?.localName !== tag) elements.push((list = el(tag, { start: block.number })));
      list.append(itemOf(text, block, range));
    } else {
      list = null;
      elements.push(elementOf(text, block, range, nesting));
    }
  }
  return elements;
}

const itemOf = (text, { from, to, depth }, range) => el("li", { class: `depth-${depth}` }, ...inline(text, from, to, range));

function elementOf(text, block, range, nesting) {
  const { type, level, from, to } = block;
  switch (type) {
    case "heading": return el(`h${Math.min(6, level + 1)}`, {}, ...inline(text, from, to, range)); // the page has the h1
    case "rule": return el("hr");
    case "code": return el("pre", {}, el("code", {}, ...written(text, block, range)));
    case "quote": return quote(block, range, nesting);
    case "table": return table(text, block, range);
    default: return el("p", { class: type }, ...inline(text, from, to, range));
  }
}

/** The text of a block as it is written. */
export function written(text, { start, end }, range) {
  const part = text.slice(start, end);
  return range ? pieces(part, [[{ start: range.start - start, end: range.end - start }, mark]]) : [part];
}

/** A quote's lines have lost their signs, so positions in it are unknown. It is marked as a whole. */
function quote({ start, end, text }, range, nesting) {
  const isMarked = range && range.start < end && start < range.end;
  const whole = isMarked ? { start: 0, end: text.length } : null;
  const inner = nesting < MAX_NESTING
    ? elementsOf(text, blocks(text), whole, nesting + 1)
    : [el("p", {}, ...inline(text, 0, text.length, whole))];
  return el("blockquote", {}, ...inner);
}

function table(text, { rows: [head, ...rows] }, range) {
  const row = (cells, tag) => el("tr", {}, ...cells.map(({ from, to }) => el(tag, {}, ...inline(text, from, to, range))));
  return el("div", { class: "table", role: "group", "aria-label": "Table", tabindex: "0" }, el("table", {},
    el("thead", {}, row(head, "th")),
    el("tbody", {}, ...rows.map((cells) => row(cells, "td")))));
}
