// What became of the documents just written here: stored, pending, then ready or failed.

import { readDocument, retryDocument } from "./api.js";
import { $, button, el, hide, say } from "./dom.js";
import { duration, milliseconds } from "./format.js";
import { on } from "./signals.js";

const KEPT = 3;
const TICK_MS = 100;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let receipts = [];
let timer = null;

export function startReceipts() {
  on("changes", (changes) => {
    for (const receipt of receipts) {
      const mine = changes.findLast((change) => receipt.is(change));
      if (mine) receipt.heard(mine);
    }
  });
  // The stream may be away when it happens.
  on("status", () => receipts.filter(({ pending }) => pending).forEach((receipt) => receipt.look()));
}

export function track(document, storedMs) {
  receipts = [new Receipt(document, storedMs), ...receipts.filter((receipt) => !receipt.is(document))];
  receipts = receipts.slice(0, KEPT);
  $("receipts").replaceChildren(...receipts.map(({ element }) => element));
}

class Receipt {
  constructor(document, storedMs) {
    this.document = document;
    this.storedAt = performance.now() - storedMs;
    this.stored = el("li", { class: "step", "data-status": "ready" },
      el("strong", {}, "Stored"), ` in ${milliseconds(storedMs)}, found by its words`);
    this.text = el("span");
    this.retry = button("Retry", () => this.again(), { hidden: true });
    this.problem = el("p", { class: "error", role: "alert" });
    this.step = el("li", { class: "step" }, this.text, this.retry, this.problem);
    this.element = el("li", { class: "receipt", tabindex: "-1" },
      el("p", { class: "name" }, document.title ?? document.id),
      el("ol", {}, this.stored, this.step));
    this.show();
  }

  is({ id, collection }) {
    return id === this.document.id && collection === this.document.collection;
  }

  get pending() {
    return this.document.status === "pending";
  }

  heard(change) {
    const gone = change.status === "deleted";
    if (gone) this.became({ ...this.document, status: "deleted" });
    else if (change.status !== this.document.status || change.version > this.document.version) this.look();
  }

  /** Read the document: an event says that it changed, the document says how. */
  async look() {
    try {
      this.became(await readDocument(this.document));
    } catch (problem) {
      if (problem.status === 404) this.became({ ...this.document, status: "deleted" });
    }
  }

  async again() {
    say(this.problem, "");
    try {
      this.became(await retryDocument(this.document));
    } catch (problem) {
      say(this.problem, problem.message);
    }
  }

  became(document) {
    const news = document.status !== this.document.status || document.version !== this.document.version;
    this.document = document;
    if (news) this.show();
  }

  show() {
    const { status, error } = this.document;
    this.step.dataset.status = status;
    say(this.problem, "");
    if (status === "failed") this.retry.hidden = false;
    else hide(this.retry, this.element);
    this.text.replaceChildren(...this.sentence(error));
    say($("receipt-status"), `${this.document.title ?? "Document"}: ${this.text.textContent}`);
    if (this.pending) tick();
  }

  sentence(error) {
    switch (this.document.status) {
      case "ready": return [el("strong", {}, "Ready"), this.readyAfter()];
      case "failed": return [el("strong", {}, "Failed"), `: ${error?.message ?? ""}`];
      case "deleted": return [el("strong", {}, "Deleted")];
      default: return [el("strong", {}, "Pending"), " its embedding"];
    }
  }

  readyAfter() {
    const took = Date.parse(this.document.ready_at) - Date.parse(this.document.updated_at);
    return took > 0
      ? ` ${milliseconds(took)} after it was written, found by its meaning`
      : ", its text is as it was";
  }

  count() {
    const seconds = (performance.now() - this.storedAt) / 1000;
    say(this.text.lastChild, ` its embedding, ${duration(seconds)}`);
  }
}

function tick() {
  clearTimeout(timer);
  const pending = receipts.filter((receipt) => receipt.pending);
  pending.forEach((receipt) => receipt.text.lastChild && receipt.count());
  timer = setTimeout(() => receipts.some((receipt) => receipt.pending) && tick(), calm.matches ? 1000 : TICK_MS);
}
