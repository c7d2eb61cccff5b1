// Writing a document, or another version of one.

import { documentPath, readDocument, request } from "./api.js";
import { collection } from "./collection.js";
import { $, say } from "./dom.js";
import { track } from "./receipts.js";
import { on } from "./signals.js";

const FORM = ["title", "content", "document-id", "metadata"];

let edited = null;
let draft = null; // what stood in the form when an edit began

const formValues = () => FORM.map((id) => $(id).value);

export function startWrite() {
  $("write").addEventListener("submit", submit);
  $("write").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("write").requestSubmit();
    if (event.key === "Escape" && edited) stopEditing();
  });
  $("cancel").addEventListener("click", stopEditing);
  $("content").addEventListener("input", () => complain(""));
  on("edit", edit);
  on("collection", () => edited && stopEditing());
}

async function submit(event) {
  event.preventDefault();
  const document = entered();
  if (!document) return;
  $("submit").disabled = true;
  const sent = formValues().join();
  const started = performance.now();
  try {
    const written = await (edited ? replace(document) : create(document));
    track(written, performance.now() - started);
    if (edited) stopEditing();
    else if (formValues().join() === sent) empty(); // else the next one is being typed already
  } catch (problem) {
    complain(sentence(problem), fieldOf(problem));
  } finally {
    $("submit").disabled = false;
  }
}

/** What the form holds, or null where it can't be a document. */
function entered() {
  const metadata = enteredMetadata();
  if (metadata === null) return null;
  return { title: $("title").value.trim() || null, content: $("content").value, metadata };
}

function enteredMetadata() {
  const text = $("metadata").value.trim();
  if (!text) return {};
  try {
    const value = JSON.parse(text);
    if (value && typeof value === "object" && !Array.isArray(value)) return value;
    complain("The metadata must be a JSON object, as in {\"lang\": \"en\"}.", "metadata");
  } catch (error) {
    complain(`The metadata is not valid JSON: ${error.message}`, "metadata");
  }
  return null;
}

function create(document) {
  const id = $("document-id").value.trim();
  const body = { ...document, collection: collection() };
  return request("/v1/documents", { method: "POST", body: id ? { ...body, id } : body });
}

function replace(document) {
  return request(documentPath(edited.id), {
    method: "PUT",
    body: document,
    query: { collection: edited.collection },
    headers: { "if-match": `"${edited.version}"` },
  });
}

async function edit(listed) {
  let found;
  try {
    found = await readDocument(listed);
  } catch (problem) {
    return complain(problem.message);
  }
  if (!edited) draft = formValues();
  edited = found;
  complain("");
  $("title").value = edited.title ?? "";
  $("content").value = edited.content;
  $("document-id").value = edited.id;
  $("metadata").value = Object.keys(edited.metadata).length ? JSON.stringify(edited.metadata, null, 2) : "";
  show();
  $("write").scrollIntoView({ block: "nearest" });
  $("content").focus();
}

function stopEditing() {
  edited = null;
  empty();
  FORM.forEach((id, place) => { $(id).value = draft[place]; });
}

function empty() {
  $("write").reset();
  complain("");
  show();
}

function show() {
  say($("write-title"), edited ? "Edit" : "Write");
  say($("submit"), edited ? "Save changes" : "Write");
  $("cancel").hidden = !edited;
  $("document-id").readOnly = Boolean(edited);
  $("more-fields").open = Boolean(edited);
}

function complain(text, field = "content") {
  say($("write-error"), text);
  for (const id of FORM) $(id).removeAttribute("aria-invalid");
  if (!text) return;
  $(field).setAttribute("aria-invalid", "true");
  if (field !== "content") $("more-fields").open = true;
  $(field).focus();
}

function sentence({ status, message }) {
  if (status === 412) return "Somebody changed this document meanwhile. Copy your text, cancel, and edit it again.";
  if (status === 409) return "This id is taken. Choose another, or edit that document.";
  return message;
}

const FIELDS = { id: "document-id", title: "title", metadata: "metadata" };

const fieldOf = ({ status, errors }) =>
  status === 409 ? "document-id" : (FIELDS[errors?.[0]?.path[0]] ?? "content");
