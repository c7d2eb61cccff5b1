// A file of the list, with its state, the reason if it failed, and what can be done about that.

import { ageOf, showAge } from "../lib/age.js";
import { confirmButton } from "../lib/confirm_button.js";
import { shortened } from "../lib/document_name.js";
import { button, el, hide, setText } from "../lib/dom.js";
import { bytes, dateTime, plural } from "../lib/format.js";

const STATES = { extracting: "being read", pending: "pending", ready: "ready", failed: "failed", gone: "not searchable" };
const MARKS = { extracting: "pending", gone: "deleted" }; // of those that documents do not have
const ADVICE = "Retry helps only if a limit or the model has changed. Otherwise import a changed file, or delete this one.";

const LATER_MS = 600_000;

/** Whether the state of a file changes by itself. */
export const isMoving = ({ status }) => ["extracting", "pending"].includes(status);

/** Whether a failed file is tried again together with others: where it may help. */
export const mayRetry = ({ status, error }) => status === "failed" && error.retry_may_help;

export class FileRow {
  constructor({ onretry, ondelete }) {
    this.link = el("a", { tabindex: -1 });
    this.name = el("p", { class: "name mono" }, this.link);
    this.age = ageOf(0);
    this.status = el("span", { class: "status" });
    this.about = el("span");
    this.details = el("span", { class: "file-details note" }, this.age, this.about);
    this.error = el("p", { class: "file-error", hidden: true });
    this.retryButton = button("Retry", () => onretry(this.file), { hidden: true });
    this.deleteButton = confirmButton("Delete", () => deleteQuestion(this.file), () => ondelete(this.file));
    this.element = el("li", { class: "file" },
      this.name, this.details, this.status,
      el("div", { class: "file-failure" }, this.error,
        el("div", { class: "file-actions row", "data-action": "documents.write" }, this.retryButton, this.deleteButton)));
  }

  update(file) {
    this.file = file;
    const state = stateOf(file);
    this.element.dataset.status = MARKS[state] ?? state;
    setText(this.status, STATES[state]);
    this.showName(file);
    showAge(this.age, file.updated_at);
    setText(this.about, ` · ${detailsOf(file)}`);
    setText(this.error, file.error ? errorOf(file) : "");
    this.error.hidden = !file.error;
    this.showActions(file);
    return this;
  }

  /** The name of a file leads to its documents, if it has any. */
  showName(file) {
    setText(this.link, file.id);
    this.link.title = file.id;
    this.link.tabIndex = file.documents ? 0 : -1;
    if (file.documents) this.link.href = documentsAddress(file);
    else this.link.removeAttribute("href");
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
    else hide(element, this.link);
  }
}

const stateOf = ({ status, documents }) => (status === "ready" && !documents ? "gone" : status);

/** What is left of several documents may be any of them, so even a single one is found by its file. */
const documentsAddress = ({ collection, id }) =>
  `/console/documents?${new URLSearchParams({ collection, filter: JSON.stringify({ file: id }) })}`;

const deleteQuestion = ({ id, documents }) =>
  `Delete ${shortened(id.split("/").at(-1))}${documents ? ` and its ${plural(documents, "document")}` : ""}?`;

function detailsOf(file) {
  const { bytes: size, documents, pages, source } = file;
  return [
    `file of ${bytes(size)}`,
    pages && plural(pages, "page"),
    documents > 1 && plural(documents, "document"),
    stateOf(file) === "gone" && "its text was deleted or moved",
    source && `from ${source}`,
    isOlder(file) && `in the list since ${dateTime(file.created_at)}`,
  ].filter(Boolean).join(" · ");
}

/** Whether a file has changed long after it came: it keeps its place in the list. */
const isOlder = ({ created_at, updated_at }) => Date.parse(updated_at) - Date.parse(created_at) > LATER_MS;

function errorOf({ status, error }) {
  const attempts = error.attempts > 1 ? ` (${plural(error.attempts, "attempt")})` : "";
  if (status !== "failed") return `Last attempt: ${error.message}${attempts}`;
  return `${error.message}${attempts}${mayRetry({ status, error }) ? "" : ` ${ADVICE}`}`;
}
