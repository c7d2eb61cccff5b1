// Says that a new document is not saved yet, and leads to it.

import { draftTime } from "../editor/drafts.js";
import { $, hide, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";

export const startNewDraft = () => on("list-shown", show);

function show() {
  const time = draftTime(null);
  if (!time) return hide($("new-draft"), $("page-title"));
  setText($("new-draft-text"), `A new document from ${time} is not saved.`);
  $("new-draft").hidden = false;
}
