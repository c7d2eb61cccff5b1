// Shows the models of the selected collection by their role, and why one is paused.

import { collection } from "../documents/collection.js";
import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { count } from "../lib/format.js";
import { pauseSentence } from "../status/problems.js";
import { chunkSize, prefix } from "./words.js";

const ROLES = [
  { role: "model", title: "Active", note: "Searches use this model." },
  { role: "building", title: "Building", note: "Documents are embedded under it. Searches do not use it yet." },
  { role: "previous", title: "Previous", note: "It is kept up to date, so that you can return to it at once." },
];
const NOT_LISTED = "The API lists the models of the first hundred collections with documents. This collection is not among them.";
const NO_MODEL = "This collection has no model until a worker has reached the model server.";

let collections = null;
let shown = "";

export function startModelList() {
  on("models-read", (items) => { collections = items; show(); });
  on("collection-selected", show);
}

function show() {
  if (!collections) return;
  const found = collections.find(({ name }) => name === collection());
  setText($("models-note"), noteOf(found));
  showKnownNames();
  const state = JSON.stringify(found ?? null);
  if (state === shown) return;
  shown = state;
  $("models").replaceChildren(...cards(found ?? {}));
}

function noteOf(found) {
  if (!found) return NOT_LISTED;
  return found.model ? "" : NO_MODEL;
}

function cards(found) {
  return ROLES.filter(({ role }) => found[role])
    .map(({ role, title, note }) => card(title, note, found[role], role === "model" && found.paused_reason));
}

function card(title, note, model, pausedReason) {
  return el("li", { class: "model-card" },
    el("h3", {}, title),
    el("p", { class: "note" }, note),
    el("p", { class: "model-name" }, model.name),
    el("dl", { class: "attributes" },
      ...attribute("Dimensions", model.dimensions ? count(model.dimensions) : "not known yet"),
      ...attribute("Chunk size", chunkSize(model)),
      ...attribute("Prefix of documents", prefix(model.document_prefix)),
      ...attribute("Prefix of queries", prefix(model.query_prefix))),
    pausedReason && el("p", { class: "pause" }, `${pauseSentence(pausedReason)} Until then searches may use words only.`));
}

const attribute = (name, value) => [el("dt", {}, name), el("dd", {}, value)];

/** Offer the models that any collection uses. */
function showKnownNames() {
  const models = collections.flatMap(({ model, building, previous }) => [model, building, previous]);
  const names = [...new Set(models.filter(Boolean).map(({ name }) => name))].sort();
  const offered = [...$("known-models").children].map(({ value }) => value);
  if (names.join("\n") === offered.join("\n")) return;
  $("known-models").replaceChildren(...names.map((value) => el("option", { value })));
}
