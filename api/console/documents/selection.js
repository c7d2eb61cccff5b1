// Which documents are selected. They stay selected on other pages of the list.

import { $ } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { collection } from "./collection.js";
import { rowsInOrder } from "./rows.js";

const selected = new Map(); // documents by id
let lastPicked = null; // where a range starts: an id

export const selection = () => [...selected.values()];

export function startSelection() {
  on("row-picked", pick);
  on("row-updated", keepCurrent);
  on("documents-changed", applyChanges);
  on("view-changed", clearSelection);
  $("select-page").addEventListener("change", ({ target }) => setAll(rowsInOrder(), target.checked));
  $("list").addEventListener("keydown", ({ key }) => key === "Escape" && clearSelection());
}

/** Select a row, or with Shift all rows from the last one to this one. */
function pick({ row, event }) {
  const rows = rowsInOrder();
  const start = rows.findIndex(({ document }) => document.id === lastPicked);
  const end = rows.indexOf(row);
  lastPicked = row.document.id;
  const isRange = event.shiftKey && start >= 0;
  setAll(isRange ? rows.slice(Math.min(start, end), Math.max(start, end) + 1) : [row], row.checkbox.checked);
}

function setAll(rows, isSelected) {
  for (const { document } of rows) {
    if (isSelected) selected.set(document.id, document);
    else selected.delete(document.id);
  }
  show();
}

export function clearSelection() {
  selected.clear();
  lastPicked = null;
  show();
}

function keepCurrent(row) {
  const { id } = row.document;
  if (selected.has(id)) selected.set(id, row.document);
  row.showPicked(selected.has(id));
}

function applyChanges(changes) {
  const relevant = changes.filter((change) => change.collection === collection() && selected.has(change.id));
  for (const { id, status } of relevant) {
    if (status === "deleted") selected.delete(id);
    else selected.set(id, { ...selected.get(id), status });
  }
  if (relevant.length) show();
}

function show() {
  for (const row of rowsInOrder()) row.showPicked(selected.has(row.document.id));
  emit("selection-changed", selection());
}
