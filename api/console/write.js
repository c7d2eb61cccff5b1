// Writing a document, or another version of one.

import { documentPath, readDocument, request } from "./api.js";
import { collection } from "./collection.js";
import { $, say } from "./dom.js";
import { parse } from "./exact.js";
import { track } from "./receipts.js";
import { on } from "./signals.js";

const FORM = ["title", "content", "document-id", "metadata"];

let edited = null;
let shown = null; // what the form made of it
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
    const written = await (edited ? save(document) : create(document));
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
    const value = parse(text);
    if (text.startsWith("{")) return value;
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

/** Send what was changed: a form has other line ends than the document may have, and no spaces around a title. */
function save(document) {
  const touched = ([name]) => $(name).value !== shown[FORM.indexOf(name)];
  const changes = Object.fromEntries(Object.entries(document).filter(touched));
  if (changes.content) changes.content = endedAs(edited.content, changes.content);
  // A merge patch can't set a null in metadata, so that they are replaced, and with them the document.
  const { title, content } = edited;
  const [method, body] = changes.metadata ? ["PUT", { title, content, ...changes }] : ["PATCH", changes];
  return request(documentPath(edited.id), {
    method,
    body,
    query: { collection: edited.collection },
    headers: { "if-match": `"${edited.version}"` },
  });
}

/** A text with CRLF at each line's end, if that is how the lines ended before. */
const endedAs = (before, text) =>
  (before.includes("\r\n") && !/(?<!\r)\n/.test(before) ? text.replaceAll("\n", "\r\n") : text);

async function edit(listed) {
  let found;
  try {
    found = await readDocument(listed, { parse });
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
  shown = formValues();
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
