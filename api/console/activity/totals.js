// The figures of the hours that the charts show, added up.

import { $ } from "../lib/dom.js";
import { figures } from "../lib/figures.js";
import { count, milliseconds } from "../lib/format.js";

export function showTotals(total) {
  figures($("totals"), [
    ["Searches", number(total?.searches), times(total?.search)],
    ["Writes without imports", number(total?.writes), times(total?.write)],
    ["Became ready", number(total?.ready), times(total?.waiting)],
    ["Failed documents", number(total?.failed), "could not be embedded"],
  ]);
}

const number = (found) => (found == null ? "–" : count(found));

const times = (spread) => (spread ? `half within about ${milliseconds(spread.p50_ms)}, 95\u00a0% within about ${milliseconds(spread.p95_ms)}` : "none");
