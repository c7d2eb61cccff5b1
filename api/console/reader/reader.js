// The page of one document: reads it, shows it, follows its changes, and switches to the editor.

import { isEditing, offerVersion, openEditor, startEditor, tellDeleted } from "../editor/editor.js";
import { deleteDocument, readDocument } from "../lib/api.js";
import { confirmButton } from "../lib/confirm_button.js";
import { $, button, setText } from "../lib/dom.js";
import { count } from "../lib/format.js";
import * as losslessJson from "../lib/lossless_json.js";
import * as urlState from "../lib/url_state.js";
import { documentUrl, documentsUrl, forgetPassage, namedDocument } from "./address.js";
import { startCopyLink } from "./copy_link.js";
import { follow, readAgain, startFollowing } from "./following.js";
import { startHitLinks } from "./hit_links.js";
import { showNotice } from "./notice.js";
import { showPanel, startPanel } from "./panel.js";
import { showReading, startReading } from "./reading.js";
import { offerSimilar, startSimilar } from "./similar.js";
import { showTimeline } from "./timeline.js";
import { followWrite, showProgress } from "./write_progress.js";

let shown = null; // the document on the page

export function startReader() {
  startReading();
  startPanel(readAgain);
  startSimilar();
  startCopyLink(() => shown);
  startFollowing({ onread: receive, ondeleted: () => showGone("This document was deleted.") });
  startEditor({ onsaved: showSaved, onclosed: closeEditor });
  $("edit").addEventListener("click", edit);
  const deleteButton = confirmButton("Delete", "Really delete?", remove);
  deleteButton.dataset.action = "documents.write";
  $("edit").after(deleteButton);
}

/** Show what the address names: a document, its editor, or the form for a new one. */
export async function openNamed() {
  const named = namedDocument();
  if (!named) return openNew();
  urlState.write({ collection: named.collection });
  showTitle(named.id);
  startHitLinks($("hit-links"), named);
  try {
    show(await readDocument(named, { parse: losslessJson.parse }));
  } catch (problem) {
    return showProblem(problem, named);
  }
  if (urlState.read("edit")) edit();
}

function openNew() {
  showTitle("New document");
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
  showNotice("");
  follow(found);
  showTitle(found.title ?? found.id);
  setMode("reading");
  showReading(found);
  offerSimilar(found);
  showState();
}

/** Show everything but the text. */
function showState() {
  showPanel(shown);
  showProgress(shown);
  showTimeline(shown);
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
  setMode("reading");
  $("edit").focus();
  readAgain(); // someone else may have written a version that only the editor told of
}

function showSaved(found, storedMs) {
  const isNew = shown === null;
  followWrite(found, storedMs);
  history.replaceState(null, "", documentUrl(found)); // what was a passage is somewhere else now
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
  if (isEditing()) return tellDeleted();
  showNotice(text);
  document.querySelector("main").dataset.mode = "gone";
  $("hit-links").querySelector("a").focus();
}

function showProblem(problem, { id, collection }) {
  document.querySelector("main").dataset.mode = "gone";
  $("collection").closest(".inline-field").hidden = true;
  if (problem.status !== 404) return showNotice(problem.message, button("Try again", () => { showNotice("Reading the document…"); openNamed(); }));
  showNotice(`There is no document “${id}” in the collection “${collection}”. It may have been deleted, or the link may be wrong.`);
}
