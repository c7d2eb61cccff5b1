// A document in the list, with its status, its error and its actions.

import { confirmButton } from "../lib/confirm_button.js";
import { button, el, hide, setText } from "../lib/dom.js";
import { emit } from "../lib/event_bus.js";
import { milliseconds, plural, timeAgo } from "../lib/format.js";

export class DocumentRow {
  constructor(document, { onretry, ondelete }) {
    this.name = el("p", { class: "name" });
    this.status = el("span", { class: "status" });
    this.age = el("time");
    this.details = el("span");
    this.error = el("p", { class: "document-error", hidden: true });
    this.retryButton = button("Retry", () => onretry(this.document), { hidden: true });
    this.editButton = button("Edit", () => emit("edit-requested", this.document));
    this.deleteButton = confirmButton("Delete", "Really delete?", () => ondelete(this.document));
    this.element = el("li", { class: "document" },
      this.name,
      el("p", { class: "document-details" }, this.status, this.age, this.details),
      this.error,
      el("div", { class: "actions", "data-action": "documents.write" }, this.retryButton, this.editButton, this.deleteButton));
    this.update(document);
  }

  update(document) {
    this.document = document;
    const { title, id, updated_at, error } = document;
    setText(this.name, title ?? id);
    this.name.title = title ? `${title} (${id})` : id;
    this.name.classList.toggle("mono", !title);
    this.age.dateTime = updated_at;
    this.age.title = `Written ${new Date(updated_at).toLocaleString()}`;
    this.labelActions(title ?? id);
    this.showStatus(document.status);
    setText(this.details, detailsOf(document));
    setText(this.error, error ? errorOf(document) : "");
    this.error.hidden = !error;
    this.updateAge();
  }

  /** Show the new status at once. The list is then read again for the other fields. */
  applyChange({ status, version }) {
    if (version < this.document.version) return;
    this.showStatus(status);
  }

  showStatus(status) {
    this.element.dataset.status = status;
    setText(this.status, status);
    if (status === "failed") this.retryButton.hidden = false;
    else hide(this.retryButton, this.editButton);
  }

  updateAge() {
    setText(this.age, timeAgo(this.document.updated_at));
  }

  labelActions(name) {
    if (name === this.labelledName) return;
    this.labelledName = name;
    this.retryButton.setAttribute("aria-label", `Retry ${name}`);
    this.editButton.setAttribute("aria-label", `Edit ${name}`);
    this.deleteButton.setAttribute("aria-label", `Delete ${name}`);
  }
}

function detailsOf({ status, version, ready_at, updated_at, embedding }) {
  const took = Date.parse(ready_at) - Date.parse(updated_at);
  return [
    status === "ready" && took > 0 && `ready in ${milliseconds(took)}`,
    embedding?.chunks > 1 && `stored as ${plural(embedding.chunks, "chunk")}`,
    version > 1 && `version ${version}`,
  ].filter(Boolean).join(" · ");
}

function errorOf({ status, error }) {
  const attempts = plural(error.attempts, "attempt");
  if (status === "failed") return `${error.message} (${error.code}, ${attempts})`;
  return `Last attempt: ${error.message} (${attempts}, ${nextAttempt(error.retry_at)})`;
}

function nextAttempt(timestamp) {
  if (!timestamp) return "will be retried";
  const seconds = Math.round((Date.parse(timestamp) - Date.now()) / 1000);
  return seconds > 0 ? `next attempt in ${seconds} s` : "next attempt now";
}
