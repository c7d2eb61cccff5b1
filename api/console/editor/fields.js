// The fields of the editor, their values, and errors beside them.

import { $, setText } from "../lib/dom.js";
import { metadataText, parsedMetadata } from "./metadata.js";

const IDS = { title: "title", content: "content", id: "document-id", metadata: "metadata" };
const NAMES = Object.keys(IDS);
const EMPTY = { title: "", content: "", id: "", metadata: "" };

/** A field's value that cannot be sent. */
export class FieldError extends Error {
  constructor(field, message) {
    super(message);
    this.field = field;
  }
}

export const values = () => Object.fromEntries(NAMES.map((name) => [name, $(IDS[name]).value]));

/** What the fields contain for a document, or for none. Browsers change line ends, so this is what they make of it. */
export function valuesOf(found) {
  const { metadata = {}, title, content, id } = found ?? {};
  const wanted = { ...EMPTY, ...(found && { title: title ?? "", content, id, metadata: metadataText(metadata) }) };
  return Object.fromEntries(NAMES.map((name) => [name, asEntered(name, wanted[name])]));
}

function asEntered(name, value) {
  const field = $(IDS[name]).cloneNode();
  field.value = value;
  return field.value;
}

export function enter(some) {
  for (const [name, value] of Object.entries(some)) if (name in IDS) $(IDS[name]).value = value;
}

/** The values that differ from others. */
export const changesSince = (others) =>
  Object.fromEntries(Object.entries(values()).filter(([name, value]) => value !== others[name]));

/** The document in the fields. Throws a FieldError. */
export function enteredDocument() {
  const { title, content, id, metadata } = values();
  if (!content.trim()) throw new FieldError("content", "Enter a text.");
  return { title: title.trim() || null, content, metadata: parsed(metadata.trim()), ...(id.trim() && { id: id.trim() }) };
}

function parsed(text) {
  try {
    return text ? parsedMetadata(text) : {};
  } catch ({ message }) {
    throw new FieldError("metadata", message);
  }
}

export function clearErrors() {
  for (const name of NAMES) {
    setText($(`${IDS[name]}-error`), "");
    $(IDS[name]).removeAttribute("aria-invalid");
  }
}

export function showError(name, text) {
  clearErrors();
  setText($(`${IDS[name]}-error`), text);
  $(IDS[name]).setAttribute("aria-invalid", "true");
  $(IDS[name]).focus();
}

/** The error of a field disappears once its value is valid. */
export function clearMendedError({ target }) {
  if (!target.hasAttribute("aria-invalid")) return;
  try {
    enteredDocument();
    clearErrors();
  } catch ({ field }) {
    if (IDS[field] !== target.id) clearErrors();
  }
}

export const focusTitle = () => $(IDS.title).focus();

/** Go to the beginning of the text. */
export function focusText() {
  const field = $(IDS.content);
  field.setSelectionRange(0, 0);
  field.focus();
  field.scrollTop = 0;
}
