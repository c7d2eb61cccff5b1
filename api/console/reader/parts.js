// Cuts a text that is shown as it is written into parts of some lines.

import { Lines } from "../markdown/lines.js";

const MAX_PART = 4000;

export function* parts(text) {
  const lines = new Lines(text);
  while (lines.peek) {
    const { start, end: firstEnd } = lines.next();
    let end = firstEnd;
    while (lines.peek && lines.peek.end - start < MAX_PART) ({ end } = lines.next());
    yield { type: "written", start, end };
  }
}
