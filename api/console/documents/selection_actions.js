// What can be done with the selected documents: delete, retry, export, move.

import { Problem, deleteDocument, documentPath, request, retryDocument } from "../lib/api.js";
import { el } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { bytes, plural } from "../lib/format.js";
import { NDJSON, SAVED_MAX_BYTES, saveFile } from "../lib/save_file.js";
import { documentsUrl } from "../reader/address.js";
import { collection } from "./collection.js";
import { askTarget } from "./move_dialog.js";
import { clearSelection, selection } from "./selection.js";
import { exportLine, wholeDocuments } from "./whole_documents.js";
import { busy, say, workThrough } from "./work.js";

const encoder = new TextEncoder();
const RETRY = ["Retrying", "Retrying"];

export function startSelectionActions() {
  on("retry-requested", (document) => workThrough([document], RETRY, retryDocument));
}

export const retrySelected = () =>
  workThrough(selection().filter(({ status }) => status === "failed"), RETRY, retryDocument);

export const deleteSelected = () => workThrough(selection(), ["Deleting", "Deleted"], deleteUnlessGone).then(clearIfAll);

const deleteUnlessGone = (document) => deleteDocument(document).catch((problem) => {
  if (problem.status !== 404) throw problem; // someone else has deleted it
});

const clearIfAll = (isAll) => isAll && clearSelection();

export async function exportSelected() {
  const [name, chosen] = [collection(), selection()];
  await busy(async () => {
    say(`Reading ${plural(chosen.length, "document")}…`);
    const lines = await linesOf(name, chosen);
    if (!lines) return say(`The documents have more than ${bytes(SAVED_MAX_BYTES)}, too much for a page. Select fewer.`);
    saveFile(lines, `${name}-${lines.length}.jsonl`, NDJSON);
    say(`Exported ${plural(lines.length, "document")}.`);
  });
}

/** The lines of an export; null if they are too much for the page. */
async function linesOf(name, chosen) {
  const lines = [];
  let length = 0;
  for await (const document of wholeDocuments(name, chosen)) {
    const line = encoder.encode(exportLine(document));
    lines.push(line);
    length += line.byteLength;
    if (length > SAVED_MAX_BYTES) return null;
  }
  return lines;
}

export async function moveSelected() {
  const chosen = selection();
  const target = await askTarget(chosen);
  if (!target) return;
  const words = ["Moving", "Moved", ` to ${target}`];
  const isDone = await workThrough(chosen, words, async (document) => {
    for await (const whole of wholeDocuments(document.collection, [document])) await move(whole, target);
  }, [el("a", { href: documentsUrl(target) }, `Open ${target}`)]);
  clearIfAll(isDone);
}

/** Create the document in the other collection, then delete this one, unless it has changed meanwhile. */
async function move({ id, collection: source, title, content, metadata, version }, target) {
  const path = documentPath(id);
  const create = { method: "PUT", query: { collection: target }, headers: { "if-none-match": "*" }, body: { title, content, metadata } };
  await request(path, create).catch((problem) => {
    throw problem.status === 412 ? new Problem(412, `${target} has a document with the id ${id} already.`) : problem;
  });
  await request(path, { method: "DELETE", query: { collection: source }, headers: { "if-match": `"${version}"` } })
    .catch((problem) => undo(problem, path, target));
}

async function undo(problem, path, target) {
  if (![404, 412].includes(problem.status)) throw new Problem(problem.status, `${problem.message} It may now be in both collections.`);
  await request(path, { method: "DELETE", query: { collection: target }, headers: { "if-match": "\"1\"" } });
  throw new Problem(problem.status, problem.status === 404
    ? "It was deleted while it was moved."
    : "It was changed while it was moved, so it stays here.");
}
