// Copies the link to the document, and to the passage if one is shown.

import { copyOf } from "../lib/copy.js";
import { documentAddress } from "../lib/document_address.js";
import { $ } from "../lib/dom.js";
import { namedPassage } from "./address.js";

/** `shown` returns the document. */
export function startCopyLink(shown) {
  $("copy-link").addEventListener("click", () => {
    const { id, collection } = shown();
    const link = new URL(documentAddress({ id, collection, ...namedPassage() }), location.origin).href;
    copyOf($("copy-link"), link, () => offer(link));
  });
}

/** Without access to the clipboard, show the link, selected. */
function offer(link) {
  $("link").value = link;
  $("link").hidden = false;
  $("link").select();
}
