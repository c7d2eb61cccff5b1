// The collection that is written to, listed and searched.

import * as address from "./address.js";
import { request } from "./api.js";
import { $, el } from "./dom.js";
import { emit, on } from "./signals.js";

const DEFAULT = "default";
const OTHER = ""; // a collection can't have this name
const MOST = 200; // more are no choice; any can be named

let current = address.read("collection") || DEFAULT;
let known = [];

export const collection = () => current;
export const collections = () => known;

export async function startCollection() {
  $("collection").addEventListener("change", chosen);
  $("other-collection").addEventListener("change", named);
  $("other-collection").addEventListener("blur", showSelect);
  on("changes", heard);
  on("stream", (state) => state === "live" && learn());
  show();
  await learn();
  const unasked = !address.read("collection");
  if (unasked && known.length && !known.includes(DEFAULT)) choose(known[0]);
}

async function learn() {
  try {
    const { items } = await request("/v1/collections");
    know(items.map(({ name }) => name));
  } catch {
    // The connection's state is told elsewhere, and its return asks again.
  }
}

/** The API lists the first hundred; of others the changes tell. */
function heard(changes) {
  know(changes.filter(({ status }) => status !== "deleted").map((change) => change.collection));
}

function know(names) {
  const all = [...new Set([...known, ...names])].slice(0, MOST);
  if (all.length === known.length) return;
  known = all;
  show();
}

export function choose(name) {
  current = name;
  address.write({ collection: name === DEFAULT ? "" : name });
  show();
  emit("collection", name);
}

function show() {
  const names = [...new Set([...known, DEFAULT, current])].sort();
  const options = names.map((name) => el("option", { value: name }, name));
  $("collection").replaceChildren(...options, el("option", { value: OTHER }, "Another…"));
  $("collection").value = current;
}

function chosen() {
  if ($("collection").value !== OTHER) return choose($("collection").value);
  $("collection").hidden = true;
  $("other-collection").hidden = false;
  $("other-collection").value = "";
  $("other-collection").focus();
}

function named() {
  const name = $("other-collection").value.trim();
  if (name) choose(name);
  showSelect();
  $("collection").focus();
}

function showSelect() {
  $("other-collection").hidden = true;
  $("collection").hidden = false;
  $("collection").value = current;
}
