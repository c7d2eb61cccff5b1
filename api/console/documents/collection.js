// The collection that the page writes to, lists and searches, and the control that selects it.

import { request } from "../lib/api.js";
import { may, mentionedCollections } from "../lib/caller.js";
import { $, el } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import * as urlState from "../lib/url_state.js";

const DEFAULT = "default";
const OTHER = ""; // not a valid name of a collection
const MAX_OPTIONS = 200; // the user can enter the name of any other collection

let current = urlState.read("collection") || DEFAULT;
let known = [];

export const collection = () => current;
export const knownCollections = () => known;

export async function startCollection() {
  $("collection").addEventListener("change", selectOption);
  $("other-collection").addEventListener("change", selectEntered);
  $("other-collection").addEventListener("blur", showOptions);
  on("documents-changed", addFromChanges);
  on("stream-state", (state) => state === "live" && loadCollections());
  addCollections(mentionedCollections());
  updateOptions();
  await loadCollections();
  const isChosenByUrl = Boolean(urlState.read("collection"));
  if (!isChosenByUrl && known.length && !known.includes(DEFAULT)) selectCollection(known[0]);
}

async function loadCollections() {
  if (!may("documents.read")) return;
  try {
    const { items } = await request("/v1/collections");
    addCollections(items.map(({ name }) => name));
    emit("collections-read", items);
  } catch {
    // The connection banner reports the failure. The collections are loaded again after reconnecting.
  }
}

/** The API lists only the first hundred collections; changes reveal others. */
function addFromChanges(changes) {
  addCollections(changes.filter(({ status }) => status !== "deleted").map((change) => change.collection));
}

function addCollections(names) {
  const all = [...new Set([...known, ...names])].slice(0, MAX_OPTIONS);
  if (all.length === known.length) return;
  known = all;
  updateOptions();
}

export function selectCollection(name) {
  current = name;
  urlState.write({ collection: name === DEFAULT ? "" : name });
  updateOptions();
  emit("collection-selected", name);
}

function updateOptions() {
  const names = [...new Set([...known, DEFAULT, current])].sort();
  const options = names.map((name) => el("option", { value: name }, name));
  $("collection").replaceChildren(...options, el("option", { value: OTHER }, "Another…"));
  $("collection").value = current;
  // The links to other pages of the console keep the collection.
  for (const link of document.querySelectorAll("a.of-collection")) link.search = new URLSearchParams({ collection: current });
}

function selectOption() {
  if ($("collection").value !== OTHER) return selectCollection($("collection").value);
  $("collection").hidden = true;
  $("other-collection").hidden = false;
  $("other-collection").value = "";
  $("other-collection").focus();
}

function selectEntered() {
  const name = $("other-collection").value.trim();
  if (name) selectCollection(name);
  showOptions();
  $("collection").focus();
}

function showOptions() {
  $("other-collection").hidden = true;
  $("collection").hidden = false;
  $("collection").value = current;
}
