// The list of documents, one page at a time. Changes appear live.

import { deleteDocument, request, retryDocument } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, button, hide, setChildren, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { plural } from "../lib/format.js";
import { collection, knownCollections, selectCollection } from "./collection.js";
import { DocumentRow } from "./document_row.js";

const PAGE_SIZE = 15;
const MIN_INTERVAL_MS = 1000;
const MIN_DELAY_MS = 50;
const PAUSE_FACTOR = 10; // the pause after a refresh is ten times as long as the refresh,
const MAX_PAUSE_MS = 3000; // but a single slow refresh must not make the list stale for long
const AGE_INTERVAL_MS = 5000;

const rows = new Map();
let cursors = [null]; // of the previous pages and the current one
let nextCursor = null;
let failedCount = 0; // in all collections
let refreshTimer = null;
let latestRefresh = 0;
let pausedUntil = 0;

export function startDocumentList() {
  $("statuses").addEventListener("change", showFirstPage);
  $("older").addEventListener("click", () => showPage([...cursors, nextCursor]));
  $("newer").addEventListener("click", () => showPage(cursors.slice(0, -1)));
  $("retry-all").addEventListener("click", retryAll);
  on("collection-selected", showFirstPage);
  on("documents-changed", applyChanges);
  on("page-visible", scheduleRefresh);
  on("stream-state", (state) => state === "live" && scheduleRefresh());
  on("status", ({ stats }) => stats && updateFailedCount(stats.documents.failed));
  setInterval(() => rows.forEach((row) => row.updateAge()), AGE_INTERVAL_MS);
  refresh();
}

const selectedStatusInput = () => $("statuses").querySelector(":checked");
const selectedStatus = () => selectedStatusInput().value;
const showMessage = (text) => setText($("list-message"), text);

function showFirstPage() {
  showPage([null]);
}

function showPage(pageCursors) {
  cursors = pageCursors;
  showMessage("");
  refresh();
}

function applyChanges(changes) {
  const relevant = changes.filter((change) => change.collection === collection());
  if (!relevant.length) return;
  for (const change of relevant) rows.get(change.id)?.applyChange(change);
  scheduleRefresh();
}

function updateFailedCount(number) {
  if (number === failedCount) return;
  failedCount = number;
  scheduleRefresh();
}

function scheduleRefresh() {
  refreshTimer ??= setTimeout(refresh, Math.max(MIN_DELAY_MS, pausedUntil - performance.now()));
}

async function refresh() {
  clearTimeout(refreshTimer);
  refreshTimer = null;
  const number = ++latestRefresh;
  const started = performance.now();
  pausedUntil = started + MIN_INTERVAL_MS;
  if (!may("documents.read", collection())) return show({ items: [], next_cursor: null }, false);
  try {
    const query = { status: selectedStatus(), limit: PAGE_SIZE, cursor: cursors.at(-1) };
    const [page, canRetry] = await Promise.all([readPage(query), hasFailed()]);
    if (number === latestRefresh) show(page, canRetry);
  } catch (problem) {
    if (number === latestRefresh) setText($("list-state"), problem.message);
  }
  const ended = performance.now();
  pausedUntil = Math.max(pausedUntil, ended + Math.min(MAX_PAUSE_MS, PAUSE_FACTOR * (ended - started)));
}

const readPage = (query) => request("/v1/documents", { query: { collection: collection(), ...query } });

/** Whether this collection has failed documents. The statistics count all collections together. */
const hasFailed = async () => failedCount > 0 && (await readPage({ status: "failed", limit: 1 })).items.length > 0;

function show({ items, next_cursor }, canRetry) {
  nextCursor = next_cursor;
  showRows(items);
  $("older").disabled = !nextCursor;
  $("newer").disabled = cursors.length === 1;
  $("pages").hidden = !nextCursor && cursors.length === 1;
  if (canRetry) $("retry-all").hidden = false;
  else hide($("retry-all"), selectedStatusInput());
  showState(items.length);
}

function showRows(items) {
  const focused = [...$("list").children].findIndex((element) => element.contains(document.activeElement));
  const ids = new Set(items.map(({ id }) => id));
  for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
  for (const item of items) rowOf(item).update(item);
  setChildren($("list"), items.map(({ id }) => rows.get(id).element));
  if (focused >= 0) restoreFocus(items[Math.min(focused, items.length - 1)]);
}

/** If the focused row is gone, focus the row that is now in its position. */
function restoreFocus(item) {
  if ($("list").contains(document.activeElement)) return;
  (rows.get(item?.id)?.editButton ?? selectedStatusInput()).focus();
}

function rowOf(item) {
  const known = rows.get(item.id);
  if (known?.document.collection === item.collection) return known;
  const row = new DocumentRow(item, {
    onretry: (document) => act(retryDocument, document, "Retrying"),
    ondelete: (document) => act(deleteDocument, document, "Deleted"),
  });
  rows.set(item.id, row);
  return row;
}

async function act(action, document, verb) {
  try {
    await action(document);
    showMessage(`${verb} ${document.title ?? document.id}.`);
  } catch (problem) {
    showMessage(problem.message);
  }
  scheduleRefresh();
}

async function retryAll() {
  try {
    const query = { status: "failed", collection: collection() };
    const { retried } = await request("/v1/documents/retry", { method: "POST", query });
    showMessage(`Retrying ${plural(retried, "document")} of this collection.`);
  } catch (problem) {
    showMessage(problem.message);
  }
  scheduleRefresh();
}

function showState(number) {
  const page = cursors.length > 1 ? `Page ${cursors.length}` : "";
  if (number || page) return setText($("list-state"), page);
  const kind = selectedStatus() ? `No ${selectedStatus()} documents` : "No documents";
  setText($("list-state"), `${kind} in this collection.`);
  if (!selectedStatus()) offerOtherCollection();
}

function offerOtherCollection() {
  const [other] = knownCollections().filter((name) => name !== collection());
  if (other) $("list-state").append(" Go to ", button(other, () => selectCollection(other)), ".");
}
