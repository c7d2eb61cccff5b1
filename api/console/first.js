// What an empty system says.

import { request } from "./api.js";
import { choose, collection } from "./collection.js";
import { $, say } from "./dom.js";
import { openImport } from "./import.js";
import { track } from "./receipts.js";
import { on } from "./signals.js";

const SAMPLE = {
  id: "about-ink",
  title: "About ink",
  content:
    "Ink dries in seconds. A document is found by its words as soon as it is written, " +
    "and by its meaning once its embedding is made.",
  metadata: { lang: "en", topic: "writing" },
};

export function startFirstStep() {
  const body = JSON.stringify({ content: "Ink dries in seconds." });
  say($("curl"), `curl ${location.origin}/v1/documents -H 'content-type: application/json' -d '${body}'`);
  $("sample").addEventListener("click", write);
  $("first-import").addEventListener("click", openImport);
  $("copy").addEventListener("click", copy);
  on("status", ({ stats }) => { if (stats) $("first-step").hidden = stats.documents.total > 0; });
}

async function write() {
  $("sample").disabled = true;
  const started = performance.now();
  try {
    const body = { ...SAMPLE, collection: collection() };
    track(await request("/v1/documents", { method: "POST", body }), performance.now() - started);
    choose(collection());
    $("query").focus();
  } catch (problem) {
    say($("write-error"), problem.message);
  }
  $("sample").disabled = false;
}

async function copy() {
  try {
    await navigator.clipboard.writeText($("curl").textContent);
    say($("copy"), "Copied");
  } catch {
    getSelection().selectAllChildren($("curl"));
    say($("copy"), "Selected");
  }
  setTimeout(() => say($("copy"), "Copy"), 2000);
}
