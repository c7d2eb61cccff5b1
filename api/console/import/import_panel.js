// The import panel: the user chooses files and folders or drops them on the page, and one import sends at a time.

import { collection } from "../documents/collection.js";
import { $, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { plural } from "../lib/format.js";
import { fromDrop, fromFile, fromFolderInput } from "./folders.js";
import { announce, beginView, bringIntoView, endSending, showFigures, startView } from "./import_view.js";
import { outcomeOf } from "./outcome.js";
import { startProblemList } from "./problem_list.js";
import { RunningImport } from "./running_import.js";
import { rememberImport } from "./sent_imports.js";
import { Selection } from "./selection.js";

const KEPT = "What was accepted is kept. To import the rest, choose the same files again: nothing is stored twice.";
const SENT = "The server reads and embeds the rest, so you may leave this page.";
const SHOW_MS = 100;

let showTimer = null;
let isBusy = false; // files are looked for or sent
let current = null; // the latest import
let looking = null; // ends the search for files

export function startImportPanel() {
  $("choose-files").addEventListener("click", () => $("files").click());
  $("choose-folder").addEventListener("click", () => $("folder").click());
  $("choose-folder").hidden = !("webkitdirectory" in $("folder"));
  $("files").addEventListener("change", () => importChosen($("files"), (files) => files.map(fromFile)));
  $("folder").addEventListener("change", () => importChosen($("folder"), fromFolderInput));
  $("cancel-import").addEventListener("click", () => (looking ?? current.control).abort());
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(type, handleDrag);
  window.addEventListener("beforeunload", (event) => isBusy && event.preventDefault());
  on("collection-selected", showCollection);
  on("key-needed", waitForKey);
  startProblemList();
  startView();
  showCollection();
}

function showCollection() {
  setText($("import-collection"), collection());
  setText($("drop-collection"), collection());
}

function importChosen(input, nodesOf) {
  const nodes = nodesOf([...input.files]);
  input.value = ""; // so that the user can choose the same files again
  startImport(nodes);
}

function handleDrag(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault(); // otherwise the browser opens the file
  const isOver = event.type === "dragenter" || event.type === "dragover";
  if (isOver) event.dataTransfer.dropEffect = "copy";
  if (isOver || event.type === "drop" || !event.relatedTarget) $("drop-overlay").hidden = !isOver;
  if (event.type === "drop") startImport(fromDrop(event.dataTransfer));
}

async function startImport(nodes) {
  if (!nodes.length) return;
  if (isBusy) return announce("Another import is running. Wait until it is sent, or cancel it.");
  isBusy = true;
  current?.control.abort(); // it is sent, and goes on without being watched
  const name = nodes.length > 1 ? plural(nodes.length, "item") : nodes[0].name;
  const target = collection();
  try {
    await importAll(nodes, name, target);
  } catch (error) {
    endSending(`The import has ended: ${error.message}`, "stopped");
    throw error; // it is a fault of the page
  } finally {
    isBusy = false;
  }
}

async function importAll(nodes, name, target) {
  beginView(`Looking for files in ${name}`);
  const selection = await selected(nodes);
  if (!selection) return endSending("Cancelled. Nothing was sent.", "stopped");
  const running = `Importing ${name} into ${target}`;
  const importing = (current = new RunningImport(selection, {
    collection: target,
    replacesOthers: $("replace-others").checked,
    onsent: () => { setText($("import-state"), running); showSoon(importing); },
    onlook: () => showSoon(importing),
    onwait: (reason) => announce(`Waiting: ${reason} The import continues automatically.`),
  }));
  announce(running);
  rememberImport(importing.id, name);
  showFigures(importing.figures);
  bringIntoView();
  if (await isSent(importing)) showWhenSettled(importing, name);
}

/** Show the figures some times a second, however often they change. */
function showSoon(importing) {
  showTimer ??= setTimeout(() => {
    showTimer = null;
    if (importing === current) showFigures(importing.figures);
  }, SHOW_MS);
}

async function selected(nodes) {
  looking = new AbortController();
  const selection = new Selection();
  try {
    await selection.add(nodes, looking.signal);
    return selection;
  } catch (error) {
    if (looking.signal.aborted) return null;
    throw error;
  } finally {
    looking = null;
  }
}

async function isSent(importing) {
  try {
    await importing.send();
    return true;
  } catch (problem) {
    showFigures(importing.figures);
    endSending(`${problem.name === "AbortError" ? "Cancelled." : problem.message} ${KEPT}`, "stopped");
    return false;
  } finally {
    emit("import-changed");
  }
}

async function showWhenSettled(importing, name) {
  const { figures } = importing;
  showFigures(figures);
  if (!figures.accepted && !figures.unchanged) return endSending(nothingOf(name), "stopped");
  endSending(`Sent all of ${name}. ${SENT}`, "waiting");
  await importing.settled;
  if (importing !== current || !figures.isSettled) return;
  showFigures(figures);
  endSending(resultOf(figures, name), figures.isWhole ? "done" : "incomplete");
  emit("import-changed");
}

const nothingOf = (name) => `Nothing of ${name} could be imported.`;

function resultOf(figures, name) {
  if (!outcomeOf(figures).searchable) return nothingOf(name);
  if (!figures.isWhole) return `Imported ${name}, but not all of it.`;
  if (!figures.accepted) return `Nothing of ${name} has changed since the last import.`;
  const without = [figures.skipped.length && "skipped", figures.deletedCount && "deleted"].filter(Boolean).join(" or ");
  return `Imported ${name}${without ? `, without what was ${without}.` : ". All of it is ready."}`;
}

function waitForKey() {
  if (!isBusy || !current) return;
  const { accepted, unchanged, noun } = current.figures;
  announce(`Waiting for you to sign in. Stored so far: ${plural(accepted + unchanged, noun)}. Then the import continues.`);
}
