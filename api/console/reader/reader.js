// The page of one document: reads it, shows it, follows its changes, and switches to the editor.

import { collection } from "../documents/collection.js";
import { isEditing, offerVersion, openEditor, startEditor, tellDeleted } from "../editor/editor.js";
import { deleteDocument, readDocument } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { confirmButton } from "../lib/confirm_button.js";
import { documentAddress } from "../lib/document_address.js";
import { nameOf, shortNameOf } from "../lib/document_name.js";
import { $, button, setText } from "../lib/dom.js";
import { count } from "../lib/format.js";
import * as losslessJson from "../lib/lossless_json.js";
import * as urlState from "../lib/url_state.js";
import { refuseNew, showAbsence, showProblem } from "./absence.js";
import { documentsUrl, forgetPassage, namedDocument } from "./address.js";
import { chunkList } from "./chunks.js";
import { startCopyLink } from "./copy_link.js";
import { follow, readAgain, startFollowing } from "./following.js";
import { startHitLinks } from "./hit_links.js";
import { showDraftNote, showNotice } from "./notice.js";
import { showPanel, startPanel } from "./panel.js";
import { showPassage, showReading, startReading } from "./reading.js";
import { similarList } from "./similar.js";
import { showTimeline } from "./timeline.js";
import { followWrite, showProgress } from "./write_progress.js";

let shown = null; // the document on the page
let goneWords = null; // how the document on the page was deleted, or null
let lists = []; // beside the text

export function startReader() {
  startReading();
  startPanel(readAgain);
  lists = [chunkList(showPassage), similarList()];
  startCopyLink(() => shown);
  startFollowing({ onread: receive, ondeleted: () => showGone("This document was deleted.") });
  startEditor({ onsaved: showSaved, onclosed: closeEditor });
  $("edit").addEventListener("click", edit);
  const deleteButton = confirmButton("Delete", () => `Delete ${shortNameOf(shown)}?`, remove);
  deleteButton.dataset.action = "documents.write";
  $("copy-link").after(deleteButton);
}

/** Show what the address names: a document, its editor, or the form for a new one. `frame` resolves when the caller is known. */
export async function openNamed(frame) {
  const named = namedDocument();
  if (!named) return openNew(frame);
  urlState.write({ collection: named.collection });
  showTitle(named.id);
  startHitLinks($("hit-links"), named);
  await readNamed(named, frame);
}

async function readNamed(named, frame) {
  try {
    show(await readDocument(named, { parse: losslessJson.parse }));
  } catch (problem) {
    return showProblem(problem, named, () => readNamed(named, frame));
  }
  if (!urlState.read("edit")) return;
  await frame;
  if (may("documents.write", named.collection)) edit();
  else urlState.write({ edit: "" });
}

async function openNew(frame) {
  showTitle("New document");
  await frame;
  if (!may("documents.write", collection())) return refuseNew(collection());
  setMode("editing");
  openEditor(null);
}

/** The page shows either the text or the editor. */
function setMode(mode) {
  document.querySelector("main").dataset.mode = mode;
  $("collection").closest(".inline-field").hidden = shown !== null || namedDocument() !== null;
}

function showTitle(text) {
  setText($("page-title"), text);
  document.title = `${text} · Inkdex`;
}

function show(found) {
  shown = found;
  goneWords = null;
  showNotice("");
  follow(found);
  showTitle(nameOf(found));
  setMode("reading");
  showReading(found);
  showDraftNote(found);
  showState();
}

/** Show everything but the text. */
function showState() {
  showPanel(shown);
  showProgress(shown);
  showTimeline(shown);
  for (const list of lists) list.offer(shown);
}

function update(found) {
  shown = found;
  follow(found);
  showState();
}

/** Show what was read because the document may have changed. Its reader decides when the text changes. */
function receive(found) {
  if (found.version <= shown.version) return update(found);
  if (isEditing()) return offerVersion(found);
  const showIt = () => { forgetPassage(); show(found); $("page-title").focus(); };
  showNotice(`Version ${count(found.version)} was written meanwhile.`, button("Show it", showIt));
}

function edit() {
  urlState.write({ edit: "1" });
  setMode("editing");
  openEditor(shown);
}

function closeEditor() {
  if (!shown) return location.assign(documentsUrl(urlState.read("collection") ?? "default"));
  urlState.write({ edit: "" });
  if (goneWords) return showGone(goneWords);
  setMode("reading");
  showDraftNote(shown);
  $("edit").focus();
  readAgain(); // someone else may have written a version that only the editor told of
}

function showSaved(found, storedMs) {
  const isNew = shown === null;
  followWrite(found, storedMs);
  history.replaceState(null, "", documentAddress(found)); // what was a passage is somewhere else now
  show(found);
  if (isNew) startHitLinks($("hit-links"), found);
  $("page-title").focus();
}

async function remove() {
  try {
    follow(null);
    await deleteDocument(shown);
    showGone("You deleted this document.");
  } catch (problem) {
    follow(shown);
    showNotice(problem.message);
  }
}

function showGone(text) {
  goneWords = text;
  if (isEditing()) return tellDeleted();
  showAbsence(text);
  $("hit-links").querySelector("a").focus();
}
