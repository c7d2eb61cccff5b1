// The links to other pages of the console keep the collection.

import { newDocumentAddress } from "./document_address.js";

export function linkToCollection(collection) {
  for (const link of document.querySelectorAll("a.of-collection")) link.search = new URLSearchParams({ collection });
  for (const link of document.querySelectorAll("a.new-document")) link.href = newDocumentAddress(collection);
}
