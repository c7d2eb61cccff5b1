// A document in the list: excerpt, tags, status, size and age, and its error if it has one.

import { draftTime } from "../editor/drafts.js";
import { ageOf, showAge } from "../lib/age.js";
import { documentAddress } from "../lib/document_address.js";
import { excerptOf, nameOf } from "../lib/document_name.js";
import { button, el, hide, setText } from "../lib/dom.js";
import { emit } from "../lib/event_bus.js";
import { bytes, plural } from "../lib/format.js";
import { keepOpened } from "../lib/kept_list.js";
import { tagList } from "./tags.js";

const cell = (name, ...children) => el("td", { class: name, role: "cell" }, ...children);

export class DocumentRow {
  constructor(document) {
    this.checkbox = el("input", { type: "checkbox", click: (event) => emit("row-picked", { row: this, event }) });
    this.link = el("a", { class: "name", click: () => keepOpened(this.document.id) });
    this.draft = el("small", { class: "draft-mark", hidden: true }, "Unsaved changes");
    this.excerpt = el("p", { class: "excerpt" });
    this.error = el("p", { class: "document-error" });
    this.retryButton = button("Retry", () => emit("retry-requested", this.document), { "data-action": "documents.write" });
    this.failure = el("div", { class: "failure", hidden: true }, this.error, this.retryButton);
    this.tags = cell("tags");
    this.status = el("span", { class: "status" });
    this.size = cell("size");
    this.age = ageOf(document.updated_at);
    this.element = el("tr", { class: "document", role: "row", "data-id": document.id },
      cell("pick", el("label", {}, this.checkbox)),
      cell("what", this.link, this.draft, this.excerpt, this.failure),
      this.tags, cell("state", this.status), this.size, cell("age", this.age));
    this.update(document);
  }

  update(document) {
    this.document = document;
    const { id, collection } = document;
    const name = nameOf(document);
    setText(this.link, name);
    this.link.title = name === id ? id : `${name} (${id})`;
    this.link.classList.toggle("mono", name === id);
    this.link.href = documentAddress({ collection, id });
    this.checkbox.setAttribute("aria-label", `Select ${name}`);
    this.retryButton.setAttribute("aria-label", `Retry ${name}`);
    this.draft.hidden = !draftTime(document);
    setText(this.excerpt, excerptOf(document, name));
    setText(this.size, bytes(document.content_bytes));
    this.size.title = detailsOf(document);
    this.showTags(document.metadata, name);
    this.showError(document);
    this.showStatus(document.status);
    showAge(this.age, document.updated_at);
    emit("row-updated", this);
  }

  /** Show the new status at once. The list is then read again for the other fields. */
  applyChange({ status, version }) {
    if (version >= this.document.version) this.showStatus(status);
  }

  showStatus(status) {
    this.element.dataset.status = status;
    setText(this.status, status);
    if (status === "failed") this.retryButton.hidden = false;
    else hide(this.retryButton, this.link);
  }

  showError({ error, status }) {
    setText(this.error, error ? errorOf(status, error) : "");
    if (error) this.failure.hidden = false;
    else hide(this.failure, this.link);
  }

  showTags(metadata, name) {
    const text = JSON.stringify([metadata, name]);
    if (text === this.shownTags) return;
    this.shownTags = text;
    this.tags.replaceChildren(...tagList(metadata, name));
  }

  showPicked(isPicked) {
    this.checkbox.checked = isPicked;
    this.element.classList.toggle("picked", isPicked);
  }
}

const detailsOf = ({ version, embedding }) =>
  [embedding && `Stored as ${plural(embedding.chunks, "chunk")}`, `version ${version}`].filter(Boolean).join(", ");

function errorOf(status, error) {
  const attempts = plural(error.attempts, "attempt");
  if (status === "failed") return `${error.message} (${attempts})`;
  return `Last attempt: ${error.message} (${attempts}, ${nextAttempt(error.retry_at)})`;
}

function nextAttempt(timestamp) {
  if (!timestamp) return "will be retried";
  const seconds = Math.round((Date.parse(timestamp) - Date.now()) / 1000);
  return seconds > 0 ? `next attempt in ${seconds} s` : "next attempt now";
}
