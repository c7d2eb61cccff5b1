// Exports the collection, or what the filter leaves of it, as a file.

import { Problem, collectionPath } from "../lib/api.js";
import { $, el } from "../lib/dom.js";
import { bytes } from "../lib/format.js";
import { NDJSON, SAVED_MAX_BYTES, saveFile } from "../lib/save_file.js";
import { fetchWithKey } from "../lib/session.js";
import { collection } from "./collection.js";
import { filterText } from "./list_view.js";
import { busy, say } from "./work.js";

export function startExport() {
  $("export-collection").addEventListener("click", exportCollection);
}

async function exportCollection() {
  $("collection-menu").hidePopover();
  const [name, filter] = [collection(), filterText()];
  await busy(async () => {
    const parts = await read(name, filter);
    if (!parts) return offerCommand(name, filter);
    saveFile(parts, `${name}.jsonl`, NDJSON);
    say(`Exported ${name}: ${bytes(size(parts))}${filter ? ", only what matches the filter" : ""}.`);
  });
}

const size = (parts) => parts.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** The export in pieces; null if it is too large for the page. Throws a Problem if it breaks off. */
async function read(name, filter) {
  const stop = new AbortController();
  const query = filter ? `?${new URLSearchParams({ filter })}` : "";
  try {
    const response = await fetchWithKey(`${collectionPath(name)}/export${query}`, () => ({ signal: stop.signal }));
    if (!response.ok) throw new Problem(response.status, (await response.json()).detail);
    return await collect(response.body.getReader(), stop);
  } catch (error) {
    throw error instanceof Problem ? error : new Problem(0, "The export broke off. Nothing is saved. Try again.");
  }
}

async function collect(reader, stop) {
  const parts = [];
  for (let length = 0; ;) {
    const { value, done } = await reader.read();
    if (done) return parts;
    parts.push(value);
    length += value.byteLength;
    say(`Exporting… ${bytes(length)}`);
    if (length > SAVED_MAX_BYTES) return stop.abort() ?? null;
  }
}

function offerCommand(name, filter) {
  const options = filter ? ` --filter ${shellWord(filter)}` : "";
  say(`This is more than ${bytes(SAVED_MAX_BYTES)}, too much for a page. In a terminal:`,
    el("code", {}, `inkdex export ${shellWord(name)}${options} -o export.jsonl`));
}

/** A text as one word of a shell. */
const shellWord = (text) => (/^[\w.:@%+/][\w.:@%+/-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
