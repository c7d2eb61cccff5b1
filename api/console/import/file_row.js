// A file of the list, with its state, the reason if it failed, and what can be done about that.

import { confirmButton } from "../lib/confirm_button.js";
import { button, el, hide, setText } from "../lib/dom.js";
import { bytes, plural, timeAgo } from "../lib/format.js";

const STATES = { extracting: "being read", pending: "pending", ready: "ready", failed: "failed" };
const ADVICE = "Retry helps only if a limit or the model has changed. Otherwise import a changed file, or delete this one.";

/** Whether a failed file is tried again together with others: where it may help. */
export const mayRetry = ({ status, error }) => status === "failed" && error.retry_may_help;

export class FileRow {
  constructor({ onretry, ondelete }) {
    this.name = el("p", { class: "name mono", tabindex: -1 });
    this.status = el("span", { class: "status" });
    this.details = el("span", { class: "file-details note" });
    this.error = el("p", { class: "file-error", hidden: true });
    this.retryButton = button("Retry", () => onretry(this.file), { hidden: true });
    this.deleteButton = confirmButton("Delete", () => deleteQuestion(this.file), () => ondelete(this.file));
    this.element = el("li", { class: "file" },
      this.name, this.details, this.status,
      this.error,
      el("div", { class: "file-actions row", "data-action": "documents.write" }, this.retryButton, this.deleteButton));
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
    this.showActions(file);
    return this;
  }

  showActions(file) {
    const hasFailed = file.status === "failed";
    this.retryButton.classList.toggle("unlikely", !mayRetry(file));
    this.show(this.retryButton, hasFailed, `Retry ${file.id}`);
    this.show(this.deleteButton, hasFailed, `Delete ${file.id}`);
  }

  show(element, isShown, label) {
    if (!element.classList.contains("danger")) element.setAttribute("aria-label", label);
    if (isShown) element.hidden = false;
    else hide(element, this.name);
  }
}

const deleteQuestion = ({ documents }) =>
  (documents ? `Delete the file and its ${plural(documents, "document")}?` : "Delete the file?");

function detailsOf({ bytes: size, documents, pages, source, status, updated_at }) {
  return [
    timeAgo(updated_at),
    bytes(size),
    pages && plural(pages, "page"),
    documents > 1 && plural(documents, "document"),
    !documents && status === "ready" && "its text was deleted or moved",
    source && `from ${source}`,
  ].filter(Boolean).join(" · ");
}

function errorOf({ status, error }) {
  const attempts = error.attempts > 1 ? ` (${plural(error.attempts, "attempt")})` : "";
  if (status !== "failed") return `Last attempt: ${error.message}${attempts}`;
  return `${error.message}${attempts}${mayRetry({ status, error }) ? "" : ` ${ADVICE}`}`;
}
