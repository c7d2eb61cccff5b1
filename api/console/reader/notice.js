// What is said above the text: about the document, with what can be done about it, and about the passage.

import { draftTime } from "../editor/drafts.js";
import { documentAddress } from "../lib/document_address.js";
import { $, el } from "../lib/dom.js";

/** Show a text and elements after it. Without a text, hide the notice. */
export const showNotice = (text, ...actions) => fill($("reader-notice"), text, actions);

export const showPassageNote = (text) => fill($("passage-note"), text);

/** Say that the document has changes that are not saved, and lead to them. */
export function showDraftNote(shown) {
  const time = draftTime(shown);
  fill($("draft-kept"), time && `You have unsaved changes of this document from ${time}.`,
    [el("a", { class: "button secondary", href: `${documentAddress(shown)}&edit=1` }, "Continue editing")]);
}

function fill(element, text, actions = []) {
  element.replaceChildren(...(text ? [el("p", {}, text), ...actions] : []));
}
