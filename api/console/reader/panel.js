// The panel beside the text: status, facts, metadata, and the button to try a failed document again.

import { retryDocument } from "../lib/api.js";
import { $, button, hide, setText } from "../lib/dom.js";
import { factsOf, otherMetadata, showRows, statusNote } from "./facts.js";

let shown = null;
let onretried = () => {};

const retryButton = button("Retry", retry, { hidden: true, "data-action": "documents.write" });

/** `listener` is called when the document is pending again. */
export function startPanel(listener) {
  onretried = listener;
  $("document-status").after(retryButton);
}

export function showPanel(found) {
  if (found.status !== shown?.status) setText($("status-error"), "");
  shown = found;
  $("panel").dataset.status = found.status;
  setText($("document-status").firstElementChild, found.status);
  setText($("document-status").lastElementChild, statusNote(found));
  if (found.status === "failed") retryButton.hidden = false;
  else hide(retryButton, $("status-heading"));
  showRows($("facts"), factsOf(found));
  const fields = otherMetadata(found.metadata);
  $("metadata-section").hidden = !fields.length;
  showRows($("metadata-list"), fields);
}

async function retry() {
  setText($("status-error"), "");
  try {
    await retryDocument(shown);
    onretried();
  } catch (problem) {
    setText($("status-error"), problem.message);
  }
}
