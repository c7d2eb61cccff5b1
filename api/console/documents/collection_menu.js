// Renames, describes and deletes the selected collection.

import { Problem, collectionPath, request } from "../lib/api.js";
import { $, setText } from "../lib/dom.js";
import { emit } from "../lib/event_bus.js";
import { plural } from "../lib/format.js";
import { collection, forgetCollection, readCollections, selectCollection } from "./collection.js";
import { currentCounts } from "./counts.js";
import { readDescription } from "./description.js";
import { ask } from "./question.js";
import { busy, say } from "./work.js";

const TIMEOUT_MS = 120_000; // to rename many documents takes a minute

let stored = null; // the { description } of the collection in the dialog, or null before its first document

export function startCollectionMenu() {
  $("describe-collection").addEventListener("click", open);
  $("delete-collection").addEventListener("click", deleteCollection);
  $("collection-cancel").addEventListener("click", () => $("collection-dialog").close());
  $("collection-form").addEventListener("submit", submit);
}

async function open() {
  $("collection-menu").hidePopover();
  const name = collection();
  const [{ value: found, reason }] = await Promise.allSettled([readDescription(name)]);
  if (reason) return say(reason.message);
  if (name === collection()) show(found);
}

function show(found) {
  stored = found;
  $("collection-name").value = collection();
  $("collection-description").value = stored?.description ?? "";
  setText($("collection-error"), "");
  $("collection-dialog").showModal();
  $("collection-name").select();
}

async function submit(event) {
  event.preventDefault();
  setText($("collection-error"), "");
  $("collection-save").disabled = true;
  try {
    await change(collection(), $("collection-name").value.trim(), $("collection-description").value.trim() || null);
    $("collection-dialog").close();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    setText($("collection-error"), problem.message);
  } finally {
    $("collection-save").disabled = false;
  }
}

async function change(former, name, description) {
  if (description !== (stored?.description ?? null)) {
    // It does not exist before its first document. A PUT makes it.
    const method = stored ? "PATCH" : "PUT";
    await request(collectionPath(former), { method, body: { description } });
  }
  if (name !== former) {
    await request(collectionPath(former), { method: "PATCH", body: { name }, timeout: TIMEOUT_MS });
    selectCollection(name);
    forgetCollection(former);
    say(`Renamed to ${name}.`);
  }
  await readCollections();
}

async function deleteCollection() {
  $("collection-menu").hidePopover();
  const name = collection();
  const total = currentCounts()?.total;
  const isSure = await ask({
    title: `Delete the collection ${name}?`,
    text: `Everything in it is deleted${total == null ? "" : `: ${plural(total, "document")}`}, its description and its models. ` +
      "It cannot be brought back.",
    action: "Delete the collection",
    name,
  });
  if (isSure) await busy(() => send(name));
}

async function send(name) {
  say(`Deleting ${name}…`);
  $("list-message").focus(); // it was on the menu that deletes
  await request(collectionPath(name), { method: "DELETE", timeout: TIMEOUT_MS });
  forgetCollection(name);
  say(`Deleted the collection ${name}.`);
  $("list-message").focus();
  await readCollections();
  emit("view-changed");
}
