// A file of the list, with its state, the reason if it failed, and a button to try it again.

import { button, el, hide, setText } from "../lib/dom.js";
import { bytes, plural, timeAgo } from "../lib/format.js";

const STATES = { extracting: "being read", pending: "pending", ready: "ready", failed: "failed" };

export class FileRow {
  constructor(onretry) {
    this.name = el("p", { class: "name mono", tabindex: -1 });
    this.status = el("span", { class: "status" });
    this.details = el("span", { class: "file-details note" });
    this.error = el("p", { class: "file-error", hidden: true });
    this.retryButton = button("Retry", () => onretry(this.file), { hidden: true });
    this.element = el("li", { class: "file" },
      this.name, this.details, this.status,
      this.error,
      el("div", { class: "file-actions", "data-action": "documents.write" }, this.retryButton));
  }

  update(file) {
    this.file = file;
    this.element.dataset.status = file.status === "extracting" ? "pending" : file.status;
    setText(this.name, file.id);
    this.name.title = file.id;
    setText(this.status, STATES[file.status]);
    setText(this.details, detailsOf(file));
    setText(this.error, file.error ? errorOf(file) : "");
    this.error.hidden = !file.error;
    this.retryButton.setAttribute("aria-label", `Retry ${file.id}`);
    if (file.status === "failed") this.retryButton.hidden = false;
    else hide(this.retryButton, this.name);
    return this;
  }
}

function detailsOf({ bytes: size, documents, pages, source, updated_at }) {
  return [
    timeAgo(updated_at),
    bytes(size),
    pages && plural(pages, "page"),
    documents > 1 && plural(documents, "document"),
    source && `from ${source}`,
  ].filter(Boolean).join(" · ");
}

function errorOf({ status, error }) {
  const attempts = error.attempts > 1 ? ` (${plural(error.attempts, "attempt")})` : "";
  return status === "failed" ? `${error.message}${attempts}` : `Last attempt: ${error.message}${attempts}`;
}
