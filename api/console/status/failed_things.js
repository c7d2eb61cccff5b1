// What of the documents and files has failed, in the status line, as far as the page knows. Nothing is read for it.

import { pageLink } from "../lib/collection_links.js";
import { $, el, hide, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { failedFilesAddress } from "../lib/failed_addresses.js";
import { count, plural } from "../lib/format.js";

const NO_FILES = { number: 0 };

let documents = 0; // of all collections
let files = NO_FILES; // of the collection of which the page has read them
let isAllWell = false;
let ofDocuments;
let ofFiles;

export function startFailedThings() {
  ofDocuments = new Failure(pageLink("/console/activity?failures=all#failures-title", "See why"));
  ofFiles = new Failure(el("a", { "data-action": "documents.write" }, "See which"));
  $("failed-things").append(ofDocuments.element, ofFiles.element);
  on("failed-files-read", (found) => { files = found; show(); });
  on("collection-selected", () => { files = NO_FILES; show(); });
}

/** Show them in the panel, and in place of the sentence if that has nothing worse to say. */
export function showFailedThings(stats, isWell) {
  documents = stats?.documents.failed ?? 0;
  isAllWell = isWell;
  show();
}

function show() {
  ofDocuments.show(documents && `${plural(documents, "document")} of all collections could not be embedded.`);
  const { collection, number, isPart } = files;
  ofFiles.show(number && `${isPart ? "At least " : ""}${plural(number, "file")} of ${collection} could not be read.`);
  if (number) ofFiles.link.href = failedFilesAddress(collection);
  else ofFiles.link.removeAttribute("href");
  setText($("status-failed"), isAllWell ? inShort(files) : "");
}

/** Such as "1 failed document, 20+ failed files". The documents are of all collections, so there is no sum. */
function inShort({ number, isPart }) {
  const parts = [
    documents && plural(documents, "failed document"),
    number && (isPart ? `${count(number)}+ failed files` : plural(number, "failed file")),
  ].filter(Boolean);
  return parts.join(", ");
}

/** An item of the panel. It stays, so that its link keeps the focus. */
class Failure {
  constructor(link) {
    this.link = link;
    this.text = el("span");
    this.element = el("li", { hidden: true }, this.text, " ", link);
  }

  show(text) {
    setText(this.text, text || "");
    if (text) this.element.hidden = false;
    else hide(this.element, $("status").querySelector("summary"));
  }
}
