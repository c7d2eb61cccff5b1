// The links to other pages of the console keep the collection.

import { newDocumentAddress } from "./document_address.js";
import { el } from "./dom.js";

let linked = null; // the collection that the links lead to

export function linkToCollection(collection) {
  linked = collection;
  for (const link of document.querySelectorAll("a.of-collection")) keepCollection(link);
  for (const link of document.querySelectorAll("a.new-document")) link.href = newDocumentAddress(collection);
}

/** A link to a page of the console, for pages that make it later. */
export function pageLink(path, label) {
  const link = el("a", { class: "of-collection", href: path }, label);
  if (linked !== null) keepCollection(link);
  return link;
}

function keepCollection(link) {
  const parameters = new URLSearchParams(link.search);
  parameters.set("collection", linked);
  link.search = parameters;
}
