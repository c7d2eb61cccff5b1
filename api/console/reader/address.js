// What the address of the page names, and the way back to the list.

import { followKeptList, keptList } from "../lib/kept_list.js";
import { el } from "../lib/dom.js";
import * as urlState from "../lib/url_state.js";

const DEFAULT = "default";

export const documentsUrl = (collection) => `/console/documents?${new URLSearchParams({ collection })}`;

/** A link to the list of documents, to the filter, order and page that a document was opened from. */
export function backToDocuments(opened) {
  const kept = keptList(opened);
  return el("a", { href: kept ?? documentsUrl(opened.collection), click: kept && followKeptList }, "Back to documents");
}

/** The document that the address names, or null if a new one is to be written. */
export function namedDocument() {
  const id = urlState.read("id");
  return id ? { id, collection: urlState.read("collection") || DEFAULT } : null;
}

/** The passage that the address names, in code points, or null. `version` is the one it was found in, or null. */
export function namedPassage() {
  const [start, end, version] = ["start", "end", "version"].map((name) => wholeNumber(urlState.read(name)));
  return start !== null && end !== null && start < end ? { start, end, version } : null;
}

export const forgetPassage = () => urlState.write({ start: "", end: "", version: "" });

const wholeNumber = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : null);
