// What a tenant has of its quotas, as bars.

import { el } from "../lib/dom.js";
import { bytes, count } from "../lib/format.js";
import { QUOTAS } from "./words.js";

const NEARLY_FULL = 0.9;

/** An item for each kind of usage, with a bar if it has a quota. */
export const bars = (usage, quotas) =>
  Object.entries(QUOTAS).map(([name, label]) => bar(name, label, usage[name] ?? usage.answers, quotas[name]));

function bar(name, label, used, size) {
  const figure = name === "bytes" ? bytes : count;
  const text = size ? `${label}: ${figure(used)} of ${figure(size)}` : `${label}: ${figure(used)}`;
  const part = size ? Math.min(1, used / size) : 0;
  return el("li", { class: part >= NEARLY_FULL && "nearly-full" },
    el("span", {}, text),
    Boolean(size) && el("progress", { max: 1, value: part, "aria-label": label }));
}
