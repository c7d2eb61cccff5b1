// The rows of the list. They are kept while the list is read again, with their focus.

import { $, setChildren } from "../lib/dom.js";
import { DocumentRow } from "./document_row.js";
import { moveByArrows } from "./row_keys.js";

const rows = new Map();

export const rowsInOrder = () => [...$("list").children].map((element) => rows.get(element.dataset.id));

export function startRows() {
  $("list").addEventListener("keydown", moveByArrows);
}

export function applyToRows(changes) {
  for (const change of changes) rows.get(change.id)?.applyChange(change);
}

/** Show these documents. If the focused row is gone, focus the row in its position, or else `nextFocus`. */
export function showRows(items, nextFocus) {
  const focused = [...$("list").children].findIndex((element) => element.contains(document.activeElement));
  const ids = new Set(items.map(({ id }) => id));
  for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
  for (const item of items) rowOf(item).update(item);
  setChildren($("list"), items.map(({ id }) => rows.get(id).element));
  if (focused < 0 || $("list").contains(document.activeElement)) return;
  (rows.get(items[Math.min(focused, items.length - 1)]?.id)?.link ?? nextFocus).focus();
}

function rowOf(item) {
  const known = rows.get(item.id);
  if (known?.document.collection === item.collection) return known;
  const row = new DocumentRow(item);
  rows.set(item.id, row);
  return row;
}
