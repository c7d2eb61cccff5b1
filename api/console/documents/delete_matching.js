// Deletes all documents that match the filter, after a question that names their number.

import { request } from "../lib/api.js";
import { $ } from "../lib/dom.js";
import { count, plural } from "../lib/format.js";
import { collection } from "./collection.js";
import { filterText } from "./list_view.js";
import { ask } from "./question.js";
import { busy, say } from "./work.js";

const PAGE = 200;
const MAX_COUNTED = 2000;
const TIMEOUT_MS = 600_000;

export function startDeleteMatching() {
  $("delete-matching").addEventListener("click", deleteMatching);
}

async function deleteMatching() {
  const query = { collection: collection(), filter: filterText() };
  const words = $("narrowed-text").textContent; // the filter may change while its documents are counted
  say("Counting…");
  const number = await busy(() => countMatching(query));
  if (number === null) return;
  say("");
  if (!number) return say("No documents match the filter.");
  const documents = number > MAX_COUNTED ? `more than ${count(MAX_COUNTED)} documents` : plural(number, "document");
  const isSure = await ask({
    title: `Delete ${documents}?`,
    text: `In the collection ${query.collection}. ${words}. Documents of every status are deleted, and cannot be brought back.`,
    action: `Delete ${documents}`,
  });
  if (isSure) await busy(() => send(query));
}

/** How many documents match, counted page by page. */
async function countMatching(query) {
  let number = 0;
  let cursor = null;
  do {
    const page = await request("/v1/documents", { query: { ...query, excerpts: true, limit: PAGE, sort: "id", cursor } });
    number += page.items.length;
    cursor = page.next_cursor;
  } while (cursor && number <= MAX_COUNTED);
  return number;
}

async function send(query) {
  say("Deleting…");
  const { deleted } = await request("/v1/documents", { method: "DELETE", query, timeout: TIMEOUT_MS });
  say(`Deleted ${plural(deleted, "document")}.`);
}
