// What of the documents and files has failed, in the status line, as far as the page knows. Nothing is read for it.

import { pageLink } from "../lib/collection_links.js";
import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { failedFilesAddress } from "../lib/failed_addresses.js";
import { count, plural } from "../lib/format.js";

let documents = 0; // of all collections
let files = null; // of the collection of which the page has read them
let shown = "";

export function startFailedThings() {
  on("failed-files-read", (found) => { files = found; list(); });
  on("collection-selected", () => { files = null; list(); });
}

/** Show them in the panel, and beside the sentence if that has nothing worse to say. */
export function showFailedThings(stats, isAllWell) {
  documents = stats?.documents.failed ?? 0;
  list();
  setText($("status-failed"), isAllWell ? inShort(files?.number ?? 0) : "");
}

function list() {
  const state = JSON.stringify([documents, files]);
  if (state === shown) return;
  shown = state;
  $("failed-things").replaceChildren(...[documents && ofDocuments(), files?.number && ofFiles(files)].filter(Boolean));
}

function inShort(number) {
  if (documents && number) return `· ${count(documents + number)} failed`;
  if (documents) return `· ${plural(documents, "failed document")}`;
  return number ? `· ${plural(number, "failed file")}` : "";
}

const ofDocuments = () => failed(
  `${plural(documents, "document")} of all collections could not be embedded.`,
  pageLink("/console/activity?failures=all#failures-title", "See why"));

const ofFiles = ({ collection, number, isPart }) => failed(
  `${isPart ? "At least " : ""}${plural(number, "file")} of ${collection} could not be read.`,
  el("a", { href: failedFilesAddress(collection), "data-action": "documents.write" }, "See which"));

const failed = (text, link) => el("li", {}, el("span", {}, text), " ", link);
