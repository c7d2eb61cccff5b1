// Which part of a long document a hit was found by: read when it is asked for.

import { readDocument } from "./api.js";
import { el, say, svg } from "./dom.js";
import { count } from "./format.js";

/** What unfolds to the nearest chunk, or null where the document is one chunk. */
export function passage({ document, nearest }) {
  if (!nearest || nearest.chunks < 2 || nearest.start === null) return null;
  const body = el("div", { class: "nearest" });
  let known = false;
  const unfold = async ({ target }) => {
    if (!target.open || known) return;
    try {
      body.replaceChildren(...quotation(await readDocument(document), nearest));
      known = true;
    } catch (problem) {
      body.replaceChildren(el("p", { class: "error" }, problem.message));
    }
  };
  return el("details", { toggle: unfold }, el("summary", {}, `The nearest of its ${count(nearest.chunks)} chunks`), body);
}

function quotation(found, nearest) {
  const same = found.status === "ready" && found.embedding.version === nearest.version;
  if (!same) return [el("p", { class: "note" }, "Its text has changed since. Search again when it is ready.")];
  const characters = Array.from(found.content); // offsets count code points
  return shown(characters, nearest);
}

function shown(characters, { start, end }) {
  const place = `Characters ${count(start + 1)} to ${count(end)} of ${count(characters.length)}`;
  const quoted = el("blockquote", { tabindex: "0", "aria-label": "Nearest chunk" });
  say(quoted, characters.slice(start, end).join(""));
  return [el("p", { class: "note" }, bar(start, end, characters.length), place), quoted];
}

const bar = (start, end, length) =>
  svg("svg", { class: "bar", viewBox: `0 0 ${length} 4`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", width: length, height: 4 }),
    svg("rect", { class: "here", x: start, width: end - start, height: 4 }));
