// Says how many documents of the collection could not be embedded. They are on the page of documents, not in the list of files.

import { collection } from "../documents/collection.js";
import { $, hide, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { failedDocumentsAddress } from "../lib/failed_addresses.js";
import { plural } from "../lib/format.js";

let counts = new Map(); // of each collection

export function startFailedDocuments() {
  on("collection-selected", show);
  on("collections-read", (items) => {
    counts = new Map(items.map(({ name, documents }) => [name, documents?.failed ?? 0]));
    show();
  });
}

function show() {
  const number = counts.get(collection()) ?? 0;
  if (!number) return hide($("failed-documents"), $("files-title"));
  setText($("failed-documents-text"), `${plural(number, "document")} could not be embedded.`);
  $("failed-documents-link").href = failedDocumentsAddress(collection());
  $("failed-documents").hidden = false;
}
