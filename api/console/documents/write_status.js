// Shows the status of the latest writes of this page: stored, then pending, then ready or failed.

import { readDocument, retryDocument } from "../lib/api.js";
import { $, button, el, hide, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { duration, milliseconds } from "../lib/format.js";

const MAX_WRITES = 3;
const TICK_MS = 100;
const REDUCED_MOTION_TICK_MS = 1000;
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

let writes = [];
let timer = null;

export function startWriteStatus() {
  on("documents-changed", (changes) => {
    for (const write of writes) {
      const change = changes.findLast((each) => write.isOf(each));
      if (change) write.applyChange(change);
    }
  });
  // A change is missed if the event stream is down when it happens.
  on("status", () => pendingWrites().forEach((write) => write.refresh()));
}

/** Follow a document that took `storedMs` to be stored. */
export function trackWrite(document, storedMs) {
  const others = writes.filter((write) => !write.isOf(document));
  writes = [new WriteStatus(document, storedMs), ...others].slice(0, MAX_WRITES);
  $("recent-writes").replaceChildren(...writes.map(({ element }) => element));
}

const pendingWrites = () => writes.filter(({ pending }) => pending);

function updateTimers() {
  clearTimeout(timer);
  pendingWrites().forEach((write) => write.updateTimer());
  const delay = reducedMotion.matches ? REDUCED_MOTION_TICK_MS : TICK_MS;
  timer = setTimeout(() => pendingWrites().length && updateTimers(), delay);
}

class WriteStatus {
  constructor(document, storedMs) {
    this.document = document;
    this.startedAt = performance.now() - storedMs;
    const stored = el("li", { class: "step", "data-status": "ready" },
      el("strong", {}, "Stored"), ` in ${milliseconds(storedMs)}, searchable by words`);
    this.text = el("span");
    this.retryButton = button("Retry", () => this.retry(), { hidden: true });
    this.error = el("p", { class: "error", role: "alert" });
    this.step = el("li", { class: "step" }, this.text, this.retryButton, this.error);
    this.element = el("li", { class: "write-status", tabindex: "-1" },
      el("p", { class: "name" }, document.title ?? document.id),
      el("ol", {}, stored, this.step));
    this.show();
  }

  isOf({ id, collection }) {
    return id === this.document.id && collection === this.document.collection;
  }

  get pending() {
    return this.document.status === "pending";
  }

  applyChange({ status, version }) {
    if (status === "deleted") this.setDeleted();
    else if (status !== this.document.status || version > this.document.version) this.refresh();
  }

  /** Read the document: a change does not contain its error or times. */
  async refresh() {
    try {
      this.setDocument(await readDocument(this.document));
    } catch (problem) {
      if (problem.status === 404) this.setDeleted();
    }
  }

  async retry() {
    setText(this.error, "");
    try {
      this.setDocument(await retryDocument(this.document));
    } catch (problem) {
      setText(this.error, problem.message);
    }
  }

  setDeleted() {
    this.setDocument({ ...this.document, status: "deleted" });
  }

  setDocument(document) {
    const isNew = document.status !== this.document.status || document.version !== this.document.version;
    this.document = document;
    if (isNew) this.show();
  }

  show() {
    const { status, title } = this.document;
    this.step.dataset.status = status;
    setText(this.error, "");
    if (status === "failed") this.retryButton.hidden = false;
    else hide(this.retryButton, this.element);
    this.text.replaceChildren(...this.describe());
    setText($("write-announcement"), `${title ?? "Document"}: ${this.text.textContent}`);
    if (this.pending) updateTimers();
  }

  describe() {
    const { status, error } = this.document;
    switch (status) {
      case "ready": return [el("strong", {}, "Ready"), this.describeReady()];
      case "failed": return [el("strong", {}, "Failed"), `: ${error?.message ?? ""}`];
      case "deleted": return [el("strong", {}, "Deleted")];
      default: return [el("strong", {}, "Pending"), ": waiting for the embedding"];
    }
  }

  describeReady() {
    const took = Date.parse(this.document.ready_at) - Date.parse(this.document.updated_at);
    return took > 0
      ? ` ${milliseconds(took)} after it was written, searchable by meaning`
      : ": the text did not change";
  }

  updateTimer() {
    const seconds = (performance.now() - this.startedAt) / 1000;
    if (this.text.lastChild) setText(this.text.lastChild, `: waiting for the embedding, ${duration(seconds)}`);
  }
}
