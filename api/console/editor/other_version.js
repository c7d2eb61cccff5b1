// Says that someone else has changed the document that is being edited, and offers their version.

import { $, button, el } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { metadataText } from "./metadata.js";

/** Tell of a version that was written meanwhile. `onuse` is called if the user gives up their own changes. */
export function showOtherVersion(other, onuse) {
  const text = el("pre", { class: "other-text", tabindex: "0", "aria-label": `Version ${count(other.version)}`, hidden: true }, asText(other));
  const showButton = button("Show it", () => {
    text.hidden = !text.hidden;
    showButton.setAttribute("aria-expanded", String(!text.hidden));
    if (!text.hidden) text.focus();
  }, { "aria-expanded": "false" });
  $("other-version").replaceChildren(
    el("p", {}, `Someone else has changed this document: version ${count(other.version)} was written meanwhile. `
      + "Your text is still here. If you save it, it replaces theirs."),
    el("div", { class: "row" }, showButton, button("Use theirs and drop mine", onuse)),
    text);
}

export function showDeleted() {
  $("other-version").replaceChildren(el("p", {}, "Someone else has deleted this document. Your text is still here: copy it, and write a new document."));
}

export const hideOtherVersion = () => $("other-version").replaceChildren();

function asText({ title, content, metadata }) {
  const fields = Object.keys(metadata).length ? `\n\n${metadataText(metadata)}` : "";
  return `${title ? `${title}\n\n` : ""}${content}${fields}`;
}
