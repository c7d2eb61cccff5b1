// The list of documents, a page at a time, the first of them live.

import { deleteDocument, request, retryDocument } from "./api.js";
import { choose, collection, collections } from "./collection.js";
import { $, arrange, button, el, say } from "./dom.js";
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
  on("status", ({ stats }) => { failed = stats?.documents.failed ?? failed; showRetryAll(); });
  setInterval(() => rows.forEach((row) => row.grow()), 5000);
  refresh();
}

const status = () => $("statuses").querySelector(":checked").value;

function first() {
  turn([null]);
}

function turn(to) {
  cursors = to;
  refresh();
}

function heard(changes) {
  const mine = changes.filter((change) => change.collection === collection());
  if (!mine.length) return;
  for (const change of mine) rows.get(change.id)?.heard(change);
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
    const query = { collection: collection(), status: status(), limit: PAGE, cursor: cursors.at(-1) };
    const page = await request("/v1/documents", { query });
    if (asked === latest) show(page);
  } catch (problem) {
    if (asked === latest) say($("list-status"), problem.message);
  }
  const ended = performance.now();
  restUntil = Math.max(restUntil, ended + Math.min(REST_MAX_MS, REST * (ended - started)));
}

function show({ items, next_cursor }) {
  next = next_cursor;
  const shown = new Set(items.map(({ id }) => id));
  for (const id of rows.keys()) if (!shown.has(id)) rows.delete(id);
  for (const item of items) rowOf(item).update(item);
  arrange($("list"), items.map(({ id }) => rows.get(id).element));
  $("older").disabled = !next;
  $("newer").disabled = cursors.length === 1;
  $("pages").hidden = !next && cursors.length === 1;
  describe(items.length);
}

function rowOf(item) {
  const known = rows.get(item.id);
  if (known?.document.collection === item.collection) return known;
  const row = new Row(item, { retry: act(retryDocument), remove: act(deleteDocument) });
  rows.set(item.id, row);
  return row;
}

const act = (action) => async (document) => {
  try {
    await action(document);
  } catch (problem) {
    say($("list-status"), problem.message);
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

function showRetryAll() {
  $("retry-all").hidden = !failed;
}

async function retryAll() {
  try {
    const query = { status: "failed", collection: collection() };
    const { retried } = await request("/v1/documents/retry", { method: "POST", query });
    say($("list-status"), `${plural(retried, "document")} of this collection pending again.`);
  } catch (problem) {
    say($("list-status"), problem.message);
  }
  refreshSoon();
}
