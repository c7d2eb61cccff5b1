// The files of the collection with their states: some that failed, then the newest. Those that failed can be tried again or deleted.

import { collection } from "../documents/collection.js";
import { deleteFile, filesPage, retryFile } from "../lib/api.js";
import { $, hide, setChildren, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { count, plural } from "../lib/format.js";
import * as urlState from "../lib/url_state.js";
import { FileRow, isMoving, mayRetry } from "./file_row.js";
import { refreshing } from "./refreshing.js";
import { RetriedFiles } from "./retried_files.js";

const PAGE = 25;
const MAX_SHOWN = 200; // the API lists no more at once
const FAILED_FIRST = 10; // of all files; the choice "Failed" shows the others
const EMPTY = {
  "": "No files are in this collection. Choose some above.",
  extracting: "No file waits to be read.",
  pending: "No file waits for its embedding.",
  failed: "No file has failed.",
};

const rows = new Map();
const retried = new RetriedFiles(); // they stay in the list that they were in
let limit = PAGE;
let list; // reads it

export function startFileList() {
  const chosen = [...$("file-statuses").querySelectorAll("input")].find(({ value }) => value === urlState.read("files"));
  if (chosen) chosen.checked = true;
  list = refreshing(load);
  $("file-statuses").addEventListener("change", () => { urlState.write({ files: status() }); showFirst(); });
  $("more-files").addEventListener("click", () => { limit = Math.min(MAX_SHOWN, limit + PAGE); list.readNow(); });
  $("retry-files").addEventListener("click", () => retry(retriable()));
  on("collection-selected", showFirst);
  on("documents-changed", (changes) => changes.some((each) => each.collection === collection()) && list.refresh());
}

const checked = () => $("file-statuses").querySelector(":checked");
const status = () => checked().value;

function showFirst() {
  limit = PAGE;
  retried.clear();
  for (const id of ["files-message", "files-state"]) setText($(id), "");
  $("more-files").hidden = true;
  setText($("failed-files"), "");
  show([]);
  list.readNow();
}

async function load(signal) {
  const read = (query) => filesPage({ collection: collection(), ...query }, signal);
  const failed = await read({ status: "failed", limit: MAX_SHOWN });
  const { items, next_cursor } = status() === "failed" ? firstOf(failed) : await read({ status: status(), limit });
  await retried.follow([...items, ...failed.items], signal);
  const first = newestFirst([...(status() ? items : failed.items.slice(0, FAILED_FIRST)), ...retried.all]);
  show(onceEach([...first, ...items]));
  $("more-files").hidden = !next_cursor || limit >= MAX_SHOWN;
  const failures = failuresOf(failed);
  emit("failed-files-read", { collection: collection(), number: failures.unread, isPart: failures.isPart });
  setText($("failed-files"), failures.number);
  setText($("files-state"), items.length ? failures.text : EMPTY[status()]);
  // No event tells that a file failed, so a list of one state is read again and again.
  return status() !== "" || [...items, ...retried.all].some(isMoving);
}

/** The page that is shown of a longer one. Its cursor only says whether there is more. */
const firstOf = ({ items, next_cursor }) => ({ items: items.slice(0, limit), next_cursor: next_cursor ?? items[limit]?.id });

const newestFirst = (files) => files.sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at));

const onceEach = (files) => [...new Map(files.map((file) => [file.id, file])).values()];

/** How many files have failed, and a sentence on those that could not be read. */
function failuresOf({ items, next_cursor }) {
  const unread = items.filter(({ error }) => error.kind === "file").length;
  return {
    unread,
    isPart: Boolean(next_cursor),
    number: items.length ? `${count(items.length)}${next_cursor ? "+" : ""}` : "",
    text: unread ? `${next_cursor ? "At least " : ""}${plural(unread, "file")} could not be read.` : "",
  };
}

function show(items) {
  const shown = items.map((file) => rows.get(file.id)?.update(file) ?? new FileRow({ onretry: (each) => retry([each]), ondelete: remove }).update(file));
  const focused = document.activeElement;
  rows.clear();
  for (const row of shown) rows.set(row.file.id, row);
  setChildren($("file-list"), shown.map(({ element }) => element));
  if (focused !== document.activeElement) (focused.isConnected ? focused : checked()).focus();
  if (retriable().length > 1) $("retry-files").hidden = false;
  else hide($("retry-files"), checked());
}

const retriable = () => [...rows.values()].map(({ file }) => file).filter(mayRetry);

async function retry(files) {
  setText($("files-message"), "");
  for (const file of files) {
    try {
      const found = await retryFile(file);
      const row = rows.get(found.id);
      if (row?.file.collection !== found.collection) continue; // another list was chosen
      retried.note(found);
      row.update(found);
    } catch (problem) {
      setText($("files-message"), `${file.id} could not be tried again. ${problem.message}`);
    }
  }
  emit("import-changed"); // less has failed in the collection
}

async function remove(file) {
  setText($("files-message"), "");
  try {
    await deleteFile(file);
    retried.forget(file);
  } catch (problem) {
    setText($("files-message"), `${file.id} could not be deleted. ${problem.message}`);
  }
  emit("import-changed"); // its import has one failure less
}
