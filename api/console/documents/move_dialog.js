// Asks to which collection documents are moved.

import { $, el, setText } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { collection, knownCollections } from "./collection.js";

let answer = () => {};

export function startMoveDialog() {
  $("move").addEventListener("close", () => answer($("move").returnValue || null));
  $("move-cancel").addEventListener("click", () => $("move").close(""));
  $("move-form").addEventListener("submit", submit);
}

/** Ask. Returns the name of a collection, or null. */
export function askTarget(documents) {
  const names = knownCollections().filter((name) => name !== collection()).sort();
  setText($("move-title"), `Move ${plural(documents.length, "document")}`);
  setText($("move-text"), textOf(documents.length));
  $("move-names").replaceChildren(...names.map((name) => el("option", { value: name })));
  $("move-target").value = "";
  setText($("move-error"), "");
  $("move").returnValue = "";
  $("move").showModal();
  $("move-target").focus();
  return new Promise((resolve) => { answer = resolve; });
}

function textOf(number) {
  const what = number === 1 ? "The document is" : "The documents are";
  return `${what} copied to the other collection, then deleted here. The copy is embedded again. ` +
    "Ids, titles, texts and metadata stay the same. A document stays here if the other collection has one with its id.";
}

function submit(event) {
  event.preventDefault();
  const name = $("move-target").value.trim();
  if (name && name !== collection()) return $("move").close(name);
  setText($("move-error"), name ? "They are in this collection already." : "Enter the name of a collection.");
}
