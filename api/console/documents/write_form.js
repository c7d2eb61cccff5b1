// The form that writes a new document or edits an existing one.

import { documentPath, readDocument, request } from "../lib/api.js";
import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import * as losslessJson from "../lib/lossless_json.js";
import { collection } from "./collection.js";
import { trackWrite } from "./write_status.js";

const FIELD_IDS = ["title", "content", "document-id", "metadata"];

let edited = null; // the document being edited, as the API returned it
let editedValues = null; // the same document as the form shows it
let draft = null; // the values that an edit replaced in the form

const fieldValues = () => FIELD_IDS.map((id) => $(id).value);

export function startWriteForm() {
  $("write").addEventListener("submit", submit);
  $("write").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("write").requestSubmit();
    if (event.key === "Escape" && edited) stopEditing();
  });
  $("cancel").addEventListener("click", stopEditing);
  $("content").addEventListener("input", clearError);
  on("edit-requested", edit);
  on("collection-selected", () => edited && stopEditing());
}

async function submit(event) {
  event.preventDefault();
  const document = enteredDocument();
  if (!document) return;
  $("submit").disabled = true;
  const sent = fieldValues().join();
  const started = performance.now();
  try {
    const written = await (edited ? save(document) : create(document));
    trackWrite(written, performance.now() - started);
    if (edited) stopEditing();
    else if (fieldValues().join() === sent) reset(); // otherwise the user has already typed something else
  } catch (problem) {
    showError(messageOf(problem), fieldOf(problem));
  } finally {
    $("submit").disabled = false;
  }
}

/** The document in the form, or null if its metadata is invalid. */
function enteredDocument() {
  const metadata = enteredMetadata();
  if (metadata === null) return null;
  return { title: $("title").value.trim() || null, content: $("content").value, metadata };
}

function enteredMetadata() {
  const text = $("metadata").value.trim();
  if (!text) return {};
  try {
    const value = losslessJson.parse(text);
    if (text.startsWith("{")) return value;
    showError("Metadata must be a JSON object, for example {\"lang\": \"en\"}.", "metadata");
  } catch (error) {
    showError(`Metadata is not valid JSON: ${error.message}`, "metadata");
  }
  return null;
}

function create(document) {
  const id = $("document-id").value.trim();
  const body = { ...document, collection: collection() };
  return request("/v1/documents", { method: "POST", body: id ? { ...body, id } : body });
}

/** Send only changed fields, because the form normalizes line ends and trims the title. */
function save(document) {
  const isChanged = ([name]) => $(name).value !== editedValues[FIELD_IDS.indexOf(name)];
  const changes = Object.fromEntries(Object.entries(document).filter(isChanged));
  if (changes.content) changes.content = withLineEndsOf(edited.content, changes.content);
  // A merge patch cannot set a metadata field to null, so changed metadata needs a full replacement.
  const { title, content } = edited;
  const [method, body] = changes.metadata ? ["PUT", { title, content, ...changes }] : ["PATCH", changes];
  return request(documentPath(edited.id), {
    method,
    body,
    query: { collection: edited.collection },
    headers: { "if-match": `"${edited.version}"` },
  });
}

/** Restore CRLF if every line of the original ended with it. */
const withLineEndsOf = (original, text) =>
  (original.includes("\r\n") && !/(?<!\r)\n/.test(original) ? text.replaceAll("\n", "\r\n") : text);

async function edit(listed) {
  let found;
  try {
    found = await readDocument(listed, { parse: losslessJson.parse });
  } catch (problem) {
    return showError(problem.message);
  }
  if (!edited) draft = fieldValues();
  edited = found;
  clearError();
  fillForm(edited);
  editedValues = fieldValues();
  showMode();
  $("write").scrollIntoView({ block: "nearest" });
  $("content").focus();
}

function fillForm({ title, content, id, metadata }) {
  $("title").value = title ?? "";
  $("content").value = content;
  $("document-id").value = id;
  $("metadata").value = Object.keys(metadata).length ? JSON.stringify(metadata, null, 2) : "";
}

function stopEditing() {
  edited = null;
  reset();
  FIELD_IDS.forEach((id, index) => { $(id).value = draft[index]; });
}

function reset() {
  $("write").reset();
  clearError();
  showMode();
}

function showMode() {
  setText($("write-title"), edited ? "Edit" : "Write");
  setText($("submit"), edited ? "Save changes" : "Write");
  $("cancel").hidden = !edited;
  $("document-id").readOnly = Boolean(edited);
  $("more-fields").open = Boolean(edited);
}

function clearError() {
  setText($("write-error"), "");
  clearInvalid();
}

function clearInvalid() {
  for (const id of FIELD_IDS) $(id).removeAttribute("aria-invalid");
}

function showError(text, field = "content") {
  setText($("write-error"), text);
  clearInvalid();
  $(field).setAttribute("aria-invalid", "true");
  if (field !== "content") $("more-fields").open = true;
  $(field).focus();
}

function messageOf({ status, message }) {
  if (status === 412) return "Someone else has changed this document. Copy your text, cancel, and edit it again.";
  if (status === 409) return "This id is already in use. Choose another id, or edit the existing document.";
  return message;
}

const FIELD_OF_PATH = { id: "document-id", title: "title", metadata: "metadata" };

const fieldOf = ({ status, errors }) =>
  status === 409 ? "document-id" : (FIELD_OF_PATH[errors?.[0]?.path[0]] ?? "content");
