// The bar above the list: select the page, and do something with the selected documents.

import { may } from "../lib/caller.js";
import { confirmButton } from "../lib/confirm_button.js";
import { shortNameOf } from "../lib/document_name.js";
import { $, button, el, hide, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { count, plural } from "../lib/format.js";
import { collection } from "./collection.js";
import { rowsInOrder } from "./rows.js";
import { clearSelection, selection } from "./selection.js";
import { deleteSelected, exportSelected, moveSelected, retrySelected } from "./selection_actions.js";

const WRITE = "documents.write";

const retryButton = button("Retry", retrySelected, { "data-action": WRITE });
const exportButton = button("Export", exportSelected);
const moveButton = button("Move…", moveSelected, { "data-action": WRITE });
const deleteButton = confirmButton("Delete", questionOnDelete, deleteSelected);
const clearButton = button("Clear", clear);

export function startSelectionBar() {
  deleteButton.dataset.action = WRITE;
  exportButton.append(el("span", { class: "format" }, " as .jsonl"));
  $("selection-bar").append(retryButton, exportButton, moveButton, deleteButton, clearButton);
  for (const id of ["selection", "documents"]) $(id).addEventListener("keydown", enterBar);
  on("selection-changed", show);
  on("list-shown", () => showPageBox(selection()));
  // A disabled button would lose the focus.
  on("work-begun", () => $("selection-bar").setAttribute("aria-busy", "true"));
  on("work-ended", () => $("selection-bar").removeAttribute("aria-busy"));
}

function questionOnDelete() {
  const documents = selection();
  return `Delete ${documents.length === 1 ? shortNameOf(documents[0]) : plural(documents.length, "document")}?`;
}

function clear() {
  clearSelection();
  $("select-page").focus();
}

function show(documents) {
  const failed = documents.filter(({ status }) => status === "failed").length;
  const text = documents.length ? `${count(documents.length)} selected` : "";
  setText($("selection-count"), text);
  setText($("selection-announcement"), text && `${text}. Press Enter for the actions: ${actionsFor(failed)}.`);
  setText(retryButton, `Retry ${count(failed)} failed`);
  retryButton.hidden = !failed;
  if (documents.length) $("selection-bar").hidden = false;
  else hide($("selection-bar"), $("list-message").textContent ? $("list-message") : $("select-page"));
  showPageBox(documents);
}

function actionsFor(failed) {
  if (!may(WRITE, collection())) return "export";
  return failed ? "retry, export, move, delete" : "export, move, delete";
}

/** Enter on a checkbox leads to what can be done, from wherever in the list. */
function enterBar(event) {
  if (event.key !== "Enter" || event.target.type !== "checkbox" || !selection().length) return;
  event.preventDefault(); // otherwise the same press also activates the button
  exportButton.focus();
}

function showPageBox(documents) {
  const ids = new Set(documents.map(({ id }) => id));
  const rows = rowsInOrder();
  const number = rows.filter(({ document }) => ids.has(document.id)).length;
  $("select-page").checked = number > 0 && number === rows.length;
  $("select-page").indeterminate = number > 0 && number < rows.length;
}
