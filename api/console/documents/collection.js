// The collection that the page writes to, lists and searches, and the control that selects it.

import { request } from "../lib/api.js";
import { may, mentionedCollections } from "../lib/caller.js";
import { linkToCollection } from "../lib/collection_links.js";
import { $, el, setChildren, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { count } from "../lib/format.js";
import * as urlState from "../lib/url_state.js";
import { askOtherCollection, startOtherCollection } from "./other_collection.js";
import { openByKeys } from "./picker_keys.js";

const DEFAULT = "default";
const OTHER = ""; // not a valid name of a collection
const ALL = "*"; // means all collections in a question
const LISTED_MAX = 200; // the API lists no more at once
const MAX_OPTIONS = 400; // the user can enter the name of any other collection
const FRESH_MS = 2000;

let current = urlState.read("collection") || DEFAULT;
const known = new Set();
const totals = new Map(); // the number of documents by name
let entered = null; // the name that the user has typed last
let isWhole = false; // whether all collections are listed
let readAt = -FRESH_MS;
const options = new Map();
const other = el("option", { value: OTHER }, "New or other collection…");

export const collection = () => current;
export const knownCollections = () => [...known];
/** Whether a collection may exist, as far as the page knows. */
export const mayExist = (name) => !isWhole || known.has(name);

export async function startCollection() {
  $("collection").addEventListener("change", selectOption);
  $("collection").addEventListener("pointerdown", refreshCounts);
  $("collection").addEventListener("focus", refreshCounts);
  openByKeys($("collection"));
  startOtherCollection(selectEntered);
  on("documents-changed", addFromChanges);
  on("counts-read", ({ name, counts }) => counts && setCount(name, counts.total));
  on("stream-state", (state) => state === "live" && readCollections());
  for (const name of ["import-changed", "list-outdated"]) on(name, readCollections);
  addCollections(mentionedCollections());
  updateOptions();
  await readCollections();
  const isChosenByUrl = Boolean(urlState.read("collection"));
  if (!isChosenByUrl && known.size && !known.has(DEFAULT)) selectCollection(largest());
}

const largest = () => [...known].sort((one, other) => total(other) - total(one) || (one < other ? -1 : 1))[0];
const total = (name) => totals.get(name) ?? 0;

/** The counts are read again when the user opens the list of collections. */
function refreshCounts() {
  if (performance.now() - readAt > FRESH_MS) readCollections();
}

/** Read the collections, their counts, models and descriptions. */
export async function readCollections() {
  if (!may("documents.read")) return;
  readAt = performance.now();
  try {
    const before = [...known];
    const { items } = await request("/v1/collections", { query: { limit: LISTED_MAX } });
    isWhole = items.length < LISTED_MAX;
    if (isWhole) dropDeleted(before, new Set([...items.map(({ name }) => name), ...mentionedCollections()]));
    for (const { name, documents } of items) known.add(name) && totals.set(name, documents?.total);
    updateOptions();
    emit("collections-read", items);
  } catch {
    // The connection banner reports the failure. The collections are read again after reconnecting.
  }
}

/** Forget what was known before the list was read, and is not in it. */
function dropDeleted(before, listed) {
  for (const name of before) if (!listed.has(name)) forget(name);
}

/** The API lists only the first two hundred collections; changes reveal others. */
function addFromChanges(changes) {
  addCollections(changes.filter(({ status }) => status !== "deleted").map((change) => change.collection));
}

function addCollections(names) {
  const added = new Set(names.filter((name) => !known.has(name)).slice(0, MAX_OPTIONS - known.size));
  if (!added.size) return;
  added.forEach((name) => known.add(name));
  updateOptions();
}

function setCount(name, number) {
  if (totals.get(name) === number) return;
  totals.set(name, number);
  updateOptions();
}

function forget(name) {
  for (const each of [known, totals, options]) each.delete(name);
}

/** Forget a collection that was deleted or renamed. */
export function forgetCollection(name) {
  forget(name);
  if (current === name) selectCollection(may("documents.read", DEFAULT) ? DEFAULT : [...known].sort()[0] ?? DEFAULT);
}

export function selectCollection(name) {
  current = name;
  urlState.write({ collection: name });
  updateOptions();
  emit("collection-selected", name);
}

function updateOptions() {
  const names = [...new Set([...known, DEFAULT, current])].sort();
  setChildren($("collection"), [...names.map(option), other]);
  $("collection").value = current;
  linkToCollection(current);
  showWhetherNew();
}

function showWhetherNew() {
  const isNew = entered === current && isWhole && !known.has(current) && current !== ALL && may("documents.write", current);
  setText($("collection-note"), isNew ? `The collection ${current} is new. It exists once a document is written.` : "");
}

function option(name) {
  if (!options.has(name)) options.set(name, el("option", { value: name }));
  const number = totals.get(name);
  setText(options.get(name), number == null ? name : `${name} · ${count(number)}`);
  return options.get(name);
}

function selectOption() {
  if ($("collection").value === OTHER) askOtherCollection();
  else selectCollection($("collection").value);
}

function selectEntered(name) {
  entered = name;
  if (name) selectCollection(name);
  else $("collection").value = current;
}
