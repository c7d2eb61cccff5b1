// Says why there is no document to show.

import { $, button, el, setText } from "../lib/dom.js";
import { documentsUrl } from "./address.js";
import { showNotice } from "./notice.js";

export function showAbsence(text, ...actions) {
  document.querySelector("main").dataset.mode = "gone";
  showNotice(text, ...actions);
}

export function refuseNew(collection) {
  showAbsence(`Your key cannot write documents in the collection “${collection}”.`,
    el("a", { href: documentsUrl(collection) }, "Back to documents"));
}

/** Say why the named document cannot be read. */
export function showProblem({ status, message }, { id, collection }, tryAgain) {
  $("collection").closest(".inline-field").hidden = true;
  if (status === 404) return showNotFound(id, collection);
  showAbsence(message, button("Try again", () => { showNotice("Reading the document…"); tryAgain(); }));
}

function showNotFound(id, collection) {
  setText($("page-title"), "Document not found");
  document.title = "Document not found · Inkdex";
  showAbsence(`There is no document “${id}” in the collection “${collection}”. It may have been deleted, or the link may be wrong.`);
}
