// A notice above the text, with what can be done about it.

import { $, el } from "../lib/dom.js";

/** Show a text and elements after it. Without a text, hide the notice. */
export function showNotice(text, ...actions) {
  $("reader-notice").replaceChildren(...(text ? [el("p", {}, text), ...actions] : []));
}
