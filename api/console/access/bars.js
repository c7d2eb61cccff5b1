// What a tenant has of its quotas, as bars.

import { el } from "../lib/dom.js";
import { bytes, count } from "../lib/format.js";
import { USED } from "./words.js";

const NEARLY_FULL = 0.9;
const COUNTED_BY_QUOTA = "answers_per_day"; // the server counts them only while they are limited

/** An item for each kind of usage, with a bar if it has a quota. */
export const bars = (usage, quotas) =>
  Object.entries(USED).map(([name, label]) => bar(name, label, usage[name] ?? usage.answers, quotas[name]));

function bar(name, label, used, size) {
  const figure = name === "bytes" ? bytes : count;
  const text = size ? `${figure(used)} of ${figure(size)}` : name === COUNTED_BY_QUOTA ? "not counted, as there is no quota" : `${figure(used)}, no quota`;
  const part = size ? Math.min(1, used / size) : 0;
  return el("li", { class: part >= NEARLY_FULL && "nearly-full" },
    el("span", {}, `${label}: ${text}`),
    Boolean(size) && el("progress", { max: 1, value: part, "aria-label": label }));
}
