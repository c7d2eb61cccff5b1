// The list of documents, one page at a time. Changes appear live.

import { Problem, request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $ } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { keepList, keptCursors } from "../lib/kept_list.js";
import { collection } from "./collection.js";
import { currentCounts, readCounts, startCounts } from "./counts.js";
import { showFailures, showLoading, showNothing, showProblem, showRange } from "./list_state.js";
import { isNarrowed, listQuery, selectedStatus, selectedStatusInput, startListView } from "./list_view.js";
import { applyToRows, showRows, startRows } from "./rows.js";

const PAGE_SIZE = 25;
const MIN_INTERVAL_MS = 1000;
const MIN_DELAY_MS = 50;
const PAUSE_FACTOR = 10; // the pause after a refresh is ten times as long as the refresh,
const MAX_PAUSE_MS = 3000; // but a single slow refresh must not make the list stale for long

let cursors = keptCursors() ?? [null]; // of the previous pages and the current one
let nextCursor = null;
let refreshTimer = null;
let latestRefresh = 0;
let isRefreshing = false;
let isOutdated = false; // something changed while the list was read
let pausedUntil = 0;

export function startDocumentList() {
  startCounts();
  startRows();
  startListView(() => emit("view-changed"));
  $("next").addEventListener("click", () => showPage([...cursors, nextCursor]));
  $("previous").addEventListener("click", () => showPage(cursors.slice(0, -1)));
  on("collection-selected", clear);
  on("view-changed", () => showPage([null]));
  on("documents-changed", applyChanges);
  on("list-outdated", scheduleRefresh);
  on("page-visible", scheduleRefresh);
  on("changes-missed", scheduleRefresh);
  on("stream-state", (state) => state === "live" && scheduleRefresh());
  showLoading();
  refresh();
}

/** Rows of another collection must not be used for a document of this one that has the same id. */
function clear() {
  showRows([], selectedStatusInput());
  showFailures(0);
  showLoading();
  emit("view-changed");
}

function showPage(pageCursors) {
  cursors = pageCursors;
  $("documents").setAttribute("aria-busy", "true");
  refresh();
}

function applyChanges(changes) {
  const relevant = changes.filter((change) => change.collection === collection());
  if (!relevant.length) return;
  applyToRows(relevant);
  scheduleRefresh();
}

/** One refresh at a time, so that a slow one is not given up for the next. */
function scheduleRefresh() {
  if (isRefreshing) {
    isOutdated = true;
    return;
  }
  refreshTimer ??= setTimeout(refresh, Math.max(MIN_DELAY_MS, pausedUntil - performance.now()));
}

async function refresh() {
  clearTimeout(refreshTimer);
  refreshTimer = null;
  isOutdated = false;
  isRefreshing = true;
  const started = performance.now();
  const number = ++latestRefresh;
  try {
    await readAndShow(number);
  } finally {
    if (number === latestRefresh) endRefresh(started);
  }
}

function endRefresh(started) {
  const ended = performance.now();
  pausedUntil = Math.max(started + MIN_INTERVAL_MS, ended + Math.min(MAX_PAUSE_MS, PAUSE_FACTOR * (ended - started)));
  isRefreshing = false;
  if (isOutdated) scheduleRefresh();
}

async function readAndShow(number) {
  if (!may("documents.read", collection())) return show({ items: [], next_cursor: null });
  try {
    const query = { collection: collection(), ...listQuery(), excerpts: true, limit: PAGE_SIZE, cursor: cursors.at(-1) };
    const page = await request("/v1/documents", { query });
    if (number !== latestRefresh) return;
    show(page);
    await readCounts(isWhole(page) ? page.items : null);
    if (number === latestRefresh) showState(page.items.length);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (number === latestRefresh) showProblem(problem);
  }
}

/** Whether a page has all documents of the collection. */
const isWhole = ({ next_cursor }) => cursors.length === 1 && !next_cursor && !selectedStatus() && !isNarrowed();

function show({ items, next_cursor }) {
  nextCursor = next_cursor;
  if (items.length) keepList(collection(), cursors);
  showRows(items, selectedStatusInput());
  emit("list-shown");
  $("documents").removeAttribute("aria-busy");
  $("next").disabled = !nextCursor;
  $("previous").disabled = cursors.length === 1;
  $("turn").hidden = !nextCursor && cursors.length === 1;
  emit("fields-found", [...new Set(items.flatMap(({ metadata }) => Object.keys(metadata)))]);
  showState(items.length);
}

function showState(number) {
  showFailures(currentCounts()?.failed ?? 0);
  if (number) showRange((cursors.length - 1) * PAGE_SIZE, number, !nextCursor);
  else showNothing(cursors.length > 1);
}
