// The import panel: the user chooses files or drops them on the page, and one import runs at a time.

import { collection } from "../documents/collection.js";
import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { ACCEPTED_SUFFIXES } from "./file_documents.js";
import { ImportProgress, announce } from "./import_progress.js";

let current = null; // the running import

export function startImportPanel() {
  $("files").accept = ACCEPTED_SUFFIXES;
  $("choose-files").addEventListener("click", () => $("files").click());
  $("files").addEventListener("change", importChosen);
  $("cancel-import").addEventListener("click", () => current?.control.abort());
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(type, handleDrag);
  window.addEventListener("beforeunload", (event) => current && event.preventDefault());
  on("collection-selected", showCollection);
  on("key-needed", () => current?.waitForKey());
  showCollection();
}

function showCollection() {
  if (current) return; // a running import keeps its collection
  setText($("import-collection"), collection());
  setText($("drop-collection"), collection());
}

function importChosen() {
  const files = [...$("files").files];
  $("files").value = ""; // so that the user can choose the same files again
  importFiles(files);
}

function handleDrag(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault(); // otherwise the browser opens the file
  const isOver = event.type === "dragenter" || event.type === "dragover";
  if (isOver) event.dataTransfer.dropEffect = "copy";
  if (isOver || event.type === "drop" || !event.relatedTarget) $("drop-overlay").hidden = !isOver;
  if (event.type === "drop") importFiles([...event.dataTransfer.files]);
}

async function importFiles(files) {
  if (!files.length) return;
  if (current) return announce("Another import is running. Wait for it to finish, or cancel it.");
  current = new ImportProgress(files, collection());
  await current.run();
  current = null;
  showCollection();
}
