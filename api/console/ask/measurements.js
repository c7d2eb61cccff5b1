// How long the parts of an answer took, and what made it: a bar and figures, folded.

import { el, svg } from "../lib/dom.js";
import { milliseconds, rate } from "../lib/format.js";
import * as words from "./words.js";

const PARTS = [
  ["retrieve", "Search"],
  ["rerank", "Rerank"],
  ["queue", "Queue"],
  ["load", "Load the model"],
  ["prefill", "Read the prompt"],
  ["decode", "Write"],
];

/** A <details> element about a `done` event. */
export function measurements(done) {
  const { timings_ms: took } = done;
  return el("details", { class: "measurements" },
    el("summary", {}, summaryOf(took)),
    el("div", { class: "measured" },
      bar(took),
      el("dl", { class: "parts" }, ...PARTS.filter(([name]) => took[name] > 0).map(([name, label]) =>
        el("div", { "data-part": name }, el("dt", {}, label), el("dd", {}, milliseconds(took[name]))))),
      el("dl", { class: "attributes" }, ...attributesOf(done))));
}

function summaryOf({ first_token: first, total }) {
  const end = `complete after ${milliseconds(total)}`;
  return first == null ? `The answer was ${end}` : `First words after ${milliseconds(first)}, ${end}`;
}

function bar(took) {
  const widths = PARTS.map(([name]) => [name, took[name] ?? 0]);
  const total = Math.max(1, widths.reduce((sum, [, width]) => sum + width, 0));
  let x = 0;
  const parts = widths.map(([name, width]) => {
    const part = svg("rect", { "data-part": name, x, width, height: 4 });
    x += width;
    return part;
  });
  return svg("svg", { class: "timings", viewBox: `0 0 ${total} 4`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...parts);
}

function attributesOf({ cache, model, usage, tokens_per_second: speed }) {
  return [
    ["Cache", words.cache(cache)],
    ["Model", model],
    ["Tokens", usage && words.tokens(usage)],
    ["Speed", speed != null && `${rate(speed)} tokens per s`],
  ].filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
}
