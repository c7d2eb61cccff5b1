// Leads to the first document while there are none: in one click, or with files in two.

import { collection, selectCollection } from "../documents/collection.js";
import { request } from "../lib/api.js";
import { copyOf } from "../lib/copy.js";
import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { hasKey } from "../lib/session.js";
import { searchFor } from "../search/search.js";

const SAMPLE = {
  id: "about-ink",
  title: "About ink",
  content:
    "Ink dries in seconds. You can find a document by its words as soon as it is written, " +
    "and by its meaning as soon as its embedding is stored.",
  metadata: { lang: "en", topic: "writing" },
};
const QUESTION = "how fast does it dry";

export function startOnboarding() {
  const body = JSON.stringify({ content: "Ink dries in seconds." });
  const key = hasKey() ? " -H \"authorization: Bearer $INKDEX_API_KEY\"" : "";
  setText($("curl-command"), `curl ${location.origin}/v1/documents${key} -H 'content-type: application/json' -d '${body}'`);
  $("write-sample").addEventListener("click", writeSample);
  $("copy-command").addEventListener("click", () => {
    const select = () => getSelection().selectAllChildren($("curl-command"));
    copyOf($("copy-command"), $("curl-command").textContent, select);
  });
  on("status", ({ stats }) => { if (stats) $("onboarding").hidden = stats.documents.total > 0; });
}

/** Write the sample, and show that a search finds it. */
async function writeSample() {
  $("write-sample").disabled = true;
  try {
    await request("/v1/documents", { method: "POST", body: { ...SAMPLE, collection: collection() } });
    $("onboarding").hidden = true;
    setText($("onboarding-state"), "The sample is written. This search finds it:");
    selectCollection(collection());
    searchFor(QUESTION);
    $("query").focus();
  } catch (problem) {
    setText($("onboarding-state"), problem.message);
  }
  $("write-sample").disabled = false;
}
