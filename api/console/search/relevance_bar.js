// How relevant a passage probably is, as a bar and as a drop of ink.

import { svg } from "../lib/dom.js";

const BAR_WIDTHS = { strong: 100, fair: 60, weak: 25 };
const DROP_LEVELS = { strong: 0, fair: 12, weak: 24 }; // the top of the ink
const DROP = "M12 2c3.6 4.9 6.5 8.4 6.5 12.300A6.500 6.500 0 0 1 12 21a6.500 6.500 0 0 1-6.500-6.700C5.500 10.400 8.400 6.900 12 2z";

export function relevanceBar(relevance) {
  return svg("svg", { class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", width: 100, height: 4 }),
    svg("rect", { class: "range", width: BAR_WIDTHS[relevance], height: 4 }));
}

/** A drop that is full, half full or empty. */
export function relevanceDrop(relevance) {
  const top = DROP_LEVELS[relevance];
  return svg("svg", { class: "drop", viewBox: "0 0 24 24", "aria-hidden": "true" },
    svg("svg", { y: top, height: 24 - top, width: 24, viewBox: `0 ${top} 24 ${Math.max(1, 24 - top)}` },
      svg("path", { class: "ink", d: DROP })),
    svg("path", { class: "outline", d: DROP }));
}
