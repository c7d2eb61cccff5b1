// What is said above the text: about the document, with what can be done about it, and about the passage.

import { $, el } from "../lib/dom.js";

/** Show a text and elements after it. Without a text, hide the notice. */
export const showNotice = (text, ...actions) => fill($("reader-notice"), text, actions);

export const showPassageNote = (text) => fill($("passage-note"), text);

function fill(element, text, actions = []) {
  element.replaceChildren(...(text ? [el("p", {}, text), ...actions] : []));
}
