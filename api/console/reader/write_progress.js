// Shows how a write of this page becomes ready: stored, then pending, then ready or failed, with the time it took.

import { $, el, setText } from "../lib/dom.js";
import { duration, milliseconds } from "../lib/format.js";

const TICK_MS = 100;
const REDUCED_MOTION_TICK_MS = 1000;
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

const storedStep = el("li", { class: "step", "data-status": "ready" });
const statusText = el("span");
const statusStep = el("li", { class: "step" }, statusText);

let write = null; // { version, startedAt, status } of the latest write
let timer = null;

/** Follow a document that took `storedMs` to be stored. */
export function followWrite({ version }, storedMs) {
  write = { version, startedAt: performance.now() - storedMs, status: null };
  storedStep.replaceChildren(el("strong", {}, "Stored"), ` in ${milliseconds(storedMs)}, searchable by words`);
  $("write-steps").replaceChildren(storedStep, statusStep);
}

/** Show the present status of the document, if this page has written this version of it. */
export function showProgress(found) {
  const isMine = write?.version === found.version;
  $("write-steps").hidden = !isMine;
  $("document-status").hidden = isMine;
  if (!isMine) return clearTimeout(timer);
  if (write.status === found.status) return;
  write.status = found.status;
  statusStep.dataset.status = found.status;
  statusText.replaceChildren(...inWords(found));
  setText($("reader-announcement"), statusText.textContent);
  tick();
}

function inWords({ status, error, ready_at, updated_at }) {
  const took = Date.parse(ready_at) - Date.parse(updated_at);
  if (status === "failed") return [el("strong", {}, "Failed"), `: ${error?.message ?? ""}`];
  if (status === "pending") return [el("strong", {}, "Pending"), ": waiting for the embedding"];
  return [el("strong", {}, "Ready"),
    took > 0 ? ` ${milliseconds(took)} after it was written, searchable by meaning` : ": the text did not change"];
}

function tick() {
  clearTimeout(timer);
  if (write.status !== "pending") return;
  setText(statusText.lastChild, `: waiting for the embedding, ${duration((performance.now() - write.startedAt) / 1000)}`);
  timer = setTimeout(tick, reducedMotion.matches ? REDUCED_MOTION_TICK_MS : TICK_MS);
}
