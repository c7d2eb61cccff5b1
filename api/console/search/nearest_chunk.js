// The chunk of a long document that is nearest to the query, loaded when the user opens it.

import { readDocument } from "../lib/api.js";
import { el, setText, svg } from "../lib/dom.js";
import { count } from "../lib/format.js";

/** A <details> element with the nearest chunk, or null if the document has a single chunk. */
export function nearestChunk({ document, nearest }) {
  if (!nearest || nearest.chunks < 2 || nearest.start === null) return null;
  const body = el("div", { class: "nearest-chunk" });
  let loaded = false;
  const load = async ({ target }) => {
    if (!target.open || loaded) return;
    try {
      body.replaceChildren(...contentOf(await readDocument(document), nearest));
      loaded = true;
    } catch (problem) {
      body.replaceChildren(el("p", { class: "error" }, problem.message));
    }
  };
  return el("details", { toggle: load }, el("summary", {}, `Nearest of ${count(nearest.chunks)} chunks`), body);
}

function contentOf(found, nearest) {
  const isUnchanged = found.status === "ready" && found.embedding.version === nearest.version;
  if (isUnchanged) return quote(Array.from(found.content), nearest); // offsets count code points
  return [el("p", { class: "note" }, "The text has changed since this search. Search again when the document is ready.")];
}

function quote(characters, { start, end }) {
  const range = `Characters ${count(start + 1)} to ${count(end)} of ${count(characters.length)}`;
  const text = el("blockquote", { tabindex: "0", "aria-label": "Nearest chunk" });
  setText(text, characters.slice(start, end).join(""));
  return [el("p", { class: "note" }, rangeBar(start, end, characters.length), range), text];
}

const rangeBar = (start, end, length) =>
  svg("svg", { class: "bar", viewBox: `0 0 ${length} 4`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", width: length, height: 4 }),
    svg("rect", { class: "range", x: start, width: end - start, height: 4 }));
