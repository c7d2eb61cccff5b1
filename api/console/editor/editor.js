// The form that writes a new document or changes an existing one. Nothing that was typed is lost silently.

import { collection } from "../documents/collection.js";
import { readDocument } from "../lib/api.js";
import { confirmButton } from "../lib/confirm_button.js";
import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import * as losslessJson from "../lib/lossless_json.js";
import { draftTime } from "./drafts.js";
import { clearErrors, clearMendedError, enteredDocument, FieldError, focusText, focusTitle, showError } from "./fields.js";
import { hideOtherVersion, showDeleted, showOtherVersion } from "./other_version.js";
import { create, fieldProblem, save } from "./saving.js";
import { beginWith, changes, end, followVersion, forgetChanges, isChanged, restore, startUnsaved } from "./unsaved.js";

const NOT_SAVED = "Your changes are not saved. Save them, or press Discard.";

let listeners = {};
let isOpen = false;
let isSaving = false;
let edited = null; // the document being edited, as the API returned it, or null for a new one

/** `onsaved` is called with the document and the milliseconds it took, `onclosed` if nothing is to be saved. */
export function startEditor({ onsaved, onclosed }) {
  listeners = { onsaved, onclosed };
  startUnsaved(close);
  $("cancel").addEventListener("click", close);
  $("write").addEventListener("submit", submit);
  $("write").addEventListener("keydown", followKeys);
  $("write").addEventListener("input", clearMendedError);
  on("collection-selected", showTarget);
}

export const isEditing = () => isOpen;

/** Edit a document, or a new one if it is null. What was not saved before a reload is there again. */
export function openEditor(found) {
  isOpen = true;
  begin(found);
  const draft = restore();
  if (draft) showDraft(draft);
  $("new-fields").hidden = found !== null;
  setText($("submit"), found ? "Save changes" : "Save");
  showTarget();
  start();
}

/** Someone may have selected another collection by accident. */
function showTarget() {
  setText($("save-target"), edited ? "" : `In the collection ${collection()}.`);
}

function start() {
  if (edited) focusText();
  else focusTitle();
}

function begin(found) {
  edited = found;
  beginWith(found);
  clearErrors();
  hideOtherVersion();
  $("draft-found").replaceChildren();
}

function showDraft({ version }) {
  $("draft-found").replaceChildren(`You see unsaved changes from ${draftTime(edited)}. `, confirmButton("Discard them", "Discard your changes?", discard));
  if (edited && version !== edited.version) showOtherVersion(edited, discard);
}

/** Tell of a version that someone else has written meanwhile. The fields that the user has not changed follow it. */
export function offerVersion(found) {
  if (isSaving || found.version <= edited?.version) return;
  edited = found;
  followVersion(found);
  clearErrors();
  showOtherVersion(found, discard);
}

export function tellDeleted() {
  if (!isSaving) showDeleted();
}

async function submit(event) {
  event.preventDefault();
  if (isSaving) return;
  clearErrors();
  setSaving(true);
  try {
    await send(enteredDocument());
  } catch (problem) {
    setSaving(false);
    await explain(problem);
  }
  setSaving(false);
}

function setSaving(value) {
  isSaving = value;
  $("submit").disabled = value;
}

async function send(entered) {
  const started = performance.now();
  const written = await (edited ? save(edited, entered, changes()) : create(entered, collection()));
  const stored = performance.now() - started;
  stop();
  listeners.onsaved(written, stored);
}

async function explain(problem) {
  if (problem instanceof FieldError) return showError(problem.field, problem.message);
  if (problem.status === 412) return explainConflict(problem);
  if (problem.status === 404) return showDeleted();
  const { field, message } = fieldProblem(problem);
  return showError(field, message);
}

async function explainConflict(conflict) {
  try {
    offerVersion(await readDocument(edited, { parse: losslessJson.parse }));
  } catch (problem) {
    if (problem.status === 404) showDeleted();
    else showError("content", conflict.message);
  }
}

/** Go back to what is stored, and stay in the editor. */
function discard() {
  forgetChanges();
  begin(edited);
  start();
}

function stop() {
  end();
  isOpen = false;
}

function close() {
  stop();
  listeners.onclosed();
}

function followKeys(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("write").requestSubmit();
  if (event.key !== "Escape") return;
  if (isChanged()) setText($("draft-note"), NOT_SAVED);
  else close();
}
