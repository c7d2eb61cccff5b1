// The list of documents, a page at a time, the first of them live.

import { deleteDocument, request, retryDocument } from "./api.js";
import { choose, collection, collections } from "./collection.js";
import { $, arrange, button, hide, say } from "./dom.js";
import { plural } from "./format.js";
import { Row } from "./row.js";
import { on } from "./signals.js";

const PAGE = 15;
const REFRESH_MS = 1000;
const REST = 10; // refreshing takes at most a tenth of the time, however large the documents are,
const REST_MAX_MS = 3000; // but an answer that was slow for once must not leave the list old

const rows = new Map();
let cursors = [null]; // of the pages before, and the one shown
let next = null;
let failed = 0;
let due = null;
let latest = 0;
let restUntil = 0;

export function startList() {
  $("statuses").addEventListener("change", first);
  $("older").addEventListener("click", () => turn([...cursors, next]));
  $("newer").addEventListener("click", () => turn(cursors.slice(0, -1)));
  $("retry-all").addEventListener("click", retryAll);
  on("collection", first);
  on("changes", heard);
  on("returned", refreshSoon);
  on("stream", (state) => state === "live" && refreshSoon());
  on("status", ({ stats }) => stats && noteFailed(stats.documents.failed));
  setInterval(() => rows.forEach((row) => row.grow()), 5000);
  refresh();
}

const chosen = () => $("statuses").querySelector(":checked");
const status = () => chosen().value;
const tell = (text) => say($("list-told"), text);

function first() {
  turn([null]);
}

function turn(to) {
  cursors = to;
  tell("");
  refresh();
}

function heard(changes) {
  const mine = changes.filter((change) => change.collection === collection());
  if (!mine.length) return;
  for (const change of mine) rows.get(change.id)?.heard(change);
  refreshSoon();
}

function noteFailed(number) {
  if (number === failed) return;
  failed = number;
  refreshSoon();
}

function refreshSoon() {
  due ??= setTimeout(refresh, Math.max(50, restUntil - performance.now()));
}

async function refresh() {
  clearTimeout(due);
  due = null;
  const asked = ++latest;
  const started = performance.now();
  restUntil = started + REFRESH_MS;
  try {
    const query = { status: status(), limit: PAGE, cursor: cursors.at(-1) };
    const [page, retriable] = await Promise.all([read(query), hasFailed()]);
    if (asked === latest) show(page, retriable);
  } catch (problem) {
    if (asked === latest) say($("list-status"), problem.message);
  }
  const ended = performance.now();
  restUntil = Math.max(restUntil, ended + Math.min(REST_MAX_MS, REST * (ended - started)));
}

const read = (query) => request("/v1/documents", { query: { collection: collection(), ...query } });

/** Whether any of the collection failed: the figures tell of all collections together. */
const hasFailed = async () => failed > 0 && (await read({ status: "failed", limit: 1 })).items.length > 0;

function show({ items, next_cursor }, retriable) {
  next = next_cursor;
  const focused = [...$("list").children].findIndex((element) => element.contains(document.activeElement));
  const shown = new Set(items.map(({ id }) => id));
  for (const id of rows.keys()) if (!shown.has(id)) rows.delete(id);
  for (const item of items) rowOf(item).update(item);
  arrange($("list"), items.map(({ id }) => rows.get(id).element));
  if (focused >= 0) keepFocus(items[Math.min(focused, items.length - 1)]);
  $("older").disabled = !next;
  $("newer").disabled = cursors.length === 1;
  $("pages").hidden = !next && cursors.length === 1;
  if (retriable) $("retry-all").hidden = false;
  else hide($("retry-all"), chosen());
  describe(items.length);
}

/** Give the focus that went with its row to the one that took its place. */
function keepFocus(neighbour) {
  if ($("list").contains(document.activeElement)) return;
  (rows.get(neighbour?.id)?.edit ?? chosen()).focus();
}

function rowOf(item) {
  const known = rows.get(item.id);
  if (known?.document.collection === item.collection) return known;
  const row = new Row(item, { retry: act(retryDocument, "Retrying"), remove: act(deleteDocument, "Deleted") });
  rows.set(item.id, row);
  return row;
}

const act = (action, done) => async (document) => {
  try {
    await action(document);
    tell(`${done} ${document.title ?? document.id}.`);
  } catch (problem) {
    tell(problem.message);
  }
  refreshSoon();
};

function describe(number) {
  const place = cursors.length > 1 ? `Page ${cursors.length}` : "";
  const elsewhere = collections().filter((name) => name !== collection());
  if (number || cursors.length > 1) return say($("list-status"), place);
  const kind = status() ? `No ${status()} documents` : "No documents";
  say($("list-status"), `${kind} in this collection.`);
  if (!status() && elsewhere.length) {
    $("list-status").append(" Look in ", button(elsewhere[0], () => choose(elsewhere[0])), ".");
  }
}

async function retryAll() {
  try {
    const query = { status: "failed", collection: collection() };
    const { retried } = await request("/v1/documents/retry", { method: "POST", query });
    tell(`${plural(retried, "document")} of this collection pending again.`);
  } catch (problem) {
    tell(problem.message);
  }
  refreshSoon();
}
