// Knows what is not saved yet, keeps it over a reload, and warns before it is lost.

import { confirmButton } from "../lib/confirm_button.js";
import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { forgetDraft, keepDraft, readDraft } from "./drafts.js";
import { changesSince, enter, values, valuesOf } from "./fields.js";

const KEEP_MS = 300;

let edited = null; // the document being edited, or null for a new one
let unchanged = null; // the values of the fields without changes; null while the editor is closed
let keepTimer = null;
let discardButton = null;

/** `ondiscard` is called when the user gives up what is not saved. */
export function startUnsaved(ondiscard) {
  discardButton = confirmButton("Discard", "Discard your changes?", ondiscard);
  discardButton.hidden = true;
  $("cancel").after(discardButton);
  $("write").addEventListener("input", () => { showState(); keepSoon(); });
  $("write").addEventListener("change", keep);
  window.addEventListener("beforeunload", warn);
  on("signed-out", forgetChanges);
}

/** Fill the fields with a document, or with none. */
export function beginWith(found) {
  edited = found;
  unchanged = valuesOf(found);
  enter(unchanged);
  showState();
}

/** Fill the fields that the user has not changed. The others stay untouched, with their caret and what can be undone. */
export function followVersion(found) {
  const mine = changes();
  edited = found;
  unchanged = valuesOf(found);
  enter(Object.fromEntries(Object.entries(unchanged).filter(([name]) => !(name in mine))));
  showState();
}

/** Put changed values into the fields. */
function change(some) {
  enter(some);
  showState();
}

export const changes = () => (unchanged ? changesSince(unchanged) : {});
export const isChanged = () => Object.keys(changes()).length > 0;

/** Enter what was not saved before the page was loaded. Returns that draft, or null. */
export function restore() {
  const draft = readDraft(edited);
  if (draft) change(draft.changed);
  return draft;
}

/** From now on there is nothing to lose. */
export function forgetChanges() {
  clearTimeout(keepTimer);
  if (unchanged) forgetDraft(edited);
  unchanged &&= values();
}

export function end() {
  forgetChanges();
  unchanged = null;
}

function keepSoon() {
  clearTimeout(keepTimer);
  keepTimer = setTimeout(keep, KEEP_MS);
}

function keep() {
  clearTimeout(keepTimer);
  if (!unchanged) return;
  if (isChanged()) keepDraft(edited, changes());
  else forgetDraft(edited);
}

function showState() {
  const changed = isChanged();
  $("cancel").hidden = changed;
  discardButton.hidden = !changed;
  setText($("draft-note"), changed ? "Unsaved changes" : "");
}

/** The browser asks whether to leave the page. */
function warn(event) {
  if (!isChanged()) return;
  keep();
  event.preventDefault();
}
