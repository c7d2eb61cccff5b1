// The form that starts a migration.

import { collection } from "../documents/collection.js";
import { migrationsPath, request } from "../lib/api.js";
import { $, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { estimateOf } from "./measured.js";
import { isRunning } from "./words.js";

/** The field of the API and the id of its control. */
const CONTROLS = {
  model: "model",
  dimensions: "dimensions",
  chunk_tokens: "chunk-tokens",
  cutover: "cutover",
  rollback_hours: "rollback-hours",
  document_prefix: "document-prefix",
  query_prefix: "query-prefix",
};
const NUMBERS = ["dimensions", "chunk_tokens", "rollback_hours"];
const PREFIXES = ["document_prefix", "query_prefix"];
const CUTOVER_HINTS = {
  auto: "Searches use the new model once all documents are embedded.",
  manual: "When all documents are embedded, the migration waits for you.",
};
const PREFLIGHT_MS = 60_000; // the API embeds a sample before it answers

let isStarting = false;
let measuring = null; // an AbortController

const cutover = () => $("start").elements.cutover.value;

export function startStartForm() {
  $("start").addEventListener("submit", measure);
  $("start-migration").addEventListener("click", start);
  $("start").addEventListener("input", clearErrors);
  $("start").addEventListener("change", () => setText($("cutover-hint"), CUTOVER_HINTS[cutover()]));
  on("collection-selected", clearErrors);
  on("migrations-read", show);
}

function show(items) {
  const isShown = items !== null && !items.some(isRunning);
  const hadFocus = $("start").contains(document.activeElement);
  $("start").hidden = !isShown;
  if (!isShown && hadFocus) $("migration-title").focus();
}

async function start() {
  if (isStarting || !$("start").reportValidity()) return;
  measuring?.abort(); // what is entered is measured again as it starts
  isStarting = true;
  const name = collection();
  await send(name, migrationsPath(name), $("start-migration"));
  isStarting = false;
  emit("migration-changed", { collection: name });
}

/** Show what the change would take. */
async function measure(event) {
  event.preventDefault();
  if (isStarting || measuring) return;
  const name = collection();
  measuring = new AbortController();
  const measured = await send(name, `${migrationsPath(name)}/estimate`, $("measure-migration"), measuring.signal);
  measuring = null;
  if (measured && name === collection()) setText($("estimate"), [estimateOf(measured), measured.assumed].filter(Boolean).join(" "));
}

/** Send what is entered; return the answer, or null if it is refused or aborted. The button is not disabled, because it would lose the focus. */
async function send(name, path, button, signal) {
  clearErrors();
  const label = button.textContent;
  setText(button, "Measuring…");
  try {
    return await request(path, { method: "POST", body: entered(), signal, timeout: PREFLIGHT_MS });
  } catch (problem) {
    if (name === collection() && !signal?.aborted) showProblem(problem);
    return null;
  } finally {
    setText(button, label);
  }
}

/** The request. The API refuses what is not valid, so that its own sentences are shown. */
function entered() {
  const body = { model: $("model").value.trim(), cutover: cutover() };
  for (const field of [...NUMBERS, ...PREFIXES]) {
    const { value } = $(CONTROLS[field]);
    if (value !== "") body[field] = NUMBERS.includes(field) ? Number(value) : value;
  }
  return body;
}

function clearErrors() {
  for (const id of Object.values(CONTROLS)) {
    setText($(`${id}-error`), "");
    $(id)?.removeAttribute("aria-invalid");
  }
  for (const id of ["start-error", "estimate"]) setText($(id), "");
}

const sentence = (message) => `${message[0].toUpperCase()}${message.slice(1)}${message.endsWith(".") ? "" : "."}`;

function showProblem({ message, errors = [] }) {
  const known = errors.filter(({ path }) => CONTROLS[path[0]]);
  if (!known.length) return setText($("start-error"), message);
  for (const error of known) {
    const id = CONTROLS[error.path[0]];
    setText($(`${id}-error`), sentence(error.message));
    $(id)?.setAttribute("aria-invalid", "true");
  }
  if (known.some(({ path }) => PREFIXES.includes(path[0]))) $("prefixes").open = true;
  $(CONTROLS[known[0].path[0]])?.focus();
}
