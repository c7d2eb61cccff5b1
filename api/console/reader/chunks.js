// Lists the chunks of the shown document, when the user asks for them. A press on one marks it in the text.

import { documentPath, request } from "../lib/api.js";
import { documentAddress } from "../lib/document_address.js";
import { $, el } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { unitsAt } from "../lib/marked_text.js";
import { LazyList } from "./lazy_list.js";

const BEGINNING = 60; // UTF-16 units of a chunk's text

/** `onchosen` is called with a passage. */
export const chunkList = (onchosen) => new LazyList($("chunks"), $("chunk-list"), (found) => read(found, onchosen));

async function read(found, onchosen) {
  const { id, collection } = found;
  const { items, version } = await request(`${documentPath(id)}/chunks`, { query: { collection } });
  const isOld = version !== found.version;
  const starts = unitsAt(found.content, items.map(({ start }) => start));
  return items.map(({ start, end }, index) => {
    const passage = { start, end, version };
    const link = el("a", { href: documentAddress({ id, collection, ...passage }), dir: "auto" },
      isOld ? `From character ${count(start + 1)}` : beginning(found.content, starts[index]));
    link.addEventListener("click", (event) => choose(event, passage, onchosen));
    return el("li", {}, link, el("small", {}, ` ${count(end - start)} characters`));
  });
}

function beginning(text, start) {
  const found = text.slice(start, start + BEGINNING).toWellFormed().replace(/\s+/g, " ").trim();
  return start + BEGINNING < text.length ? `${found}…` : found;
}

function choose(event, passage, onchosen) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the browser opens another tab or window
  event.preventDefault();
  onchosen(passage);
}
