// Shows the text of the document, formatted or as it is written, and the passage that the address names.

import { $, el } from "../lib/dom.js";
import { count } from "../lib/format.js";
import * as urlState from "../lib/url_state.js";
import { namedPassage } from "./address.js";
import { showPassageNote } from "./notice.js";
import { TextView } from "./text_view.js";

const FORM = "view"; // the name in the address
const TALL = 0.6; // of the window's height

let view = null;
let shown = null;

export function startReading() {
  view = new TextView($("document-text"));
  const form = urlState.read(FORM) === "written" ? "written" : "formatted";
  for (const option of $("forms").querySelectorAll("input")) option.checked = option.value === form;
  $("forms").addEventListener("change", () => {
    urlState.write({ [FORM]: selectedForm() === "written" ? "written" : "" });
    showText();
  });
}

const selectedForm = () => $("forms").querySelector(":checked").value;

/** Mark another passage of the text, and go to it. */
export function showPassage({ start, end, version }) {
  urlState.write({ start: String(start), end: String(end), version: String(version) });
  showReading(shown);
}

/** Show the text, and go to the passage if there is one. */
export function showReading(found) {
  shown = found;
  showPassageNote("");
  $("document-text").lang = typeof found.metadata.lang === "string" ? found.metadata.lang : "";
  showText();
  const passage = namedPassage();
  if (passage) goToPassage(passage);
}

function showText() {
  view.show(shown, namedPassage(), selectedForm());
}

function goToPassage({ version }) {
  const [first] = $("document-text").getElementsByTagName("mark");
  if (version !== null && version !== shown.version) showPassageNote(changedNote(version, first));
  else if (!first) showPassageNote("The passage of this link is not in the text.");
  if (!first) return;
  first.before(el("span", { class: "visually-hidden" }, "Passage: "));
  first.tabIndex = -1;
  first.focus({ preventScroll: true });
  const isTall = first.getBoundingClientRect().height > TALL * innerHeight;
  first.scrollIntoView({ block: isTall ? "start" : "center" });
}

const changedNote = (version, isThere) =>
  `The document has changed since this passage was found: it was version ${count(version)}, and now it is ${count(shown.version)}. `
  + (isThere ? "The passage may be elsewhere." : "The passage is not in the text any more.");
