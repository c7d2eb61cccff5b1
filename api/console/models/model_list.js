// Shows the models of the selected collection by their role, and why one is paused.

import { collection } from "../documents/collection.js";
import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { count } from "../lib/format.js";
import { pauseSentence } from "../status/problems.js";
import { chunkSize, prefix } from "./words.js";

const ROLES = [
  { role: "model", badge: "active", note: "Searches use this model." },
  { role: "building", badge: "building", note: "Documents are embedded under it. Searches do not use it yet." },
  { role: "previous", badge: "previous", note: "It is kept up to date, so that you can return to it at once." },
];
const NO_DOCUMENT = "No document yet, so no model is in use.";
const NO_MODEL = "This collection has no model until a worker has reached the model server.";

let shown = "";

export function startModelList() {
  on("models-read", show);
  on("collections-read", showKnownNames);
}

function show(found) {
  setText($("models-of"), collection());
  setText($("start-scope"), `This changes the model of the collection ${collection()} only. Other collections keep theirs.`);
  setText($("models-note"), found ? useOf(found) : "");
  const state = JSON.stringify(found);
  if (state === shown) return;
  shown = state;
  $("models").replaceChildren(...cards(found ?? {}));
}

function useOf({ name, model }) {
  if (!model) return name ? NO_MODEL : NO_DOCUMENT;
  return `The documents of ${name} are embedded by ${model.name}.`;
}

const cards = (found) =>
  ROLES.filter(({ role }) => found[role])
    .map(({ role, badge, note }) => card(badge, note, found[role], role === "model" && found.paused_reason));

function card(badge, note, model, pausedReason) {
  return el("li", { class: "model-card" },
    el("div", { class: "model-heading" }, el("h3", {}, model.name), el("span", { class: "badge" }, badge)),
    el("p", { class: "note" }, note),
    el("dl", { class: "attributes" },
      ...attribute("Dimensions", model.dimensions ? count(model.dimensions) : "not known yet"),
      ...attribute("Chunk size", chunkSize(model)),
      ...attribute("Prefix of documents", prefix(model.document_prefix)),
      ...attribute("Prefix of queries", prefix(model.query_prefix))),
    pausedReason && el("p", { class: "pause" }, `${pauseSentence(pausedReason)} Until then searches may use words only.`));
}

const attribute = (name, value) => [el("dt", {}, name), el("dd", {}, value)];

/** Offer the models that any collection uses. The API does not know which others the model server has. */
function showKnownNames(collections) {
  const models = collections.flatMap(({ model, building, previous }) => [model, building, previous]);
  const names = [...new Set(models.filter(Boolean).map(({ name }) => name))].sort();
  $("known-models").replaceChildren(...names.map((value) => el("option", { value })));
  setText($("known-models-note"), names.length ? `Your collections use ${names.join(", ")}; any other embedding model of the model server works, too.` : "Any embedding model of the model server works.");
}
