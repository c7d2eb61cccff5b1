// Says how many documents of the collection could not be embedded. They are on the page of documents, not in the list of files.

import { collection, mayExist } from "../documents/collection.js";
import { collectionPath, request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, hide, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { failedDocumentsAddress } from "../lib/failed_addresses.js";
import { plural } from "../lib/format.js";
import { refreshing } from "./refreshing.js";

let number = null; // reads it, once it is known which collections exist

export function startFailedDocuments() {
  on("collections-read", () => { number ??= refreshing(load); });
  on("collection-selected", () => { show(0); number?.readNow(); });
  on("documents-changed", (changes) => changes.some((each) => each.collection === collection()) && number?.refresh());
}

async function load(signal) {
  const name = collection();
  if (!may("documents.read", name) || !mayExist(name)) return show(0);
  const { documents } = await request(collectionPath(name), { signal });
  show(documents?.failed ?? 0); // a token with a filter knows no counts
}

function show(failed) {
  if (!failed) return hide($("failed-documents"), $("files-title"));
  setText($("failed-documents-text"), `${plural(failed, "failed document")}: ${failed === 1 ? "it" : "they"} could not be embedded.`);
  $("failed-documents-link").href = failedDocumentsAddress(collection());
  $("failed-documents").hidden = false;
}
