// A document in the list: where it stands, since when, why, and what can be done.

import { button, confirmed, el, hide, say } from "./dom.js";
import { age, milliseconds, plural } from "./format.js";
import { emit } from "./signals.js";

export class Row {
  constructor(document, { retry, remove }) {
    this.name = el("p", { class: "name" });
    this.status = el("span", { class: "status" });
    this.age = el("time");
    this.more = el("span");
    this.reason = el("p", { class: "reason", hidden: true });
    this.retry = button("Retry", () => retry(this.document), { hidden: true });
    this.edit = button("Edit", () => emit("edit", this.document));
    this.remove = confirmed("Delete", "Really delete?", () => remove(this.document));
    this.element = el("li", { class: "document" },
      this.name,
      el("p", { class: "standing" }, this.status, this.age, this.more),
      this.reason,
      el("div", { class: "actions" }, this.retry, this.edit, this.remove));
    this.update(document);
  }

  update(document) {
    this.document = document;
    const { title, id, updated_at, error } = document;
    say(this.name, title ?? id);
    this.name.title = title ? `${title} (${id})` : id;
    this.name.classList.toggle("mono", !title);
    this.age.dateTime = updated_at;
    this.age.title = `Written ${new Date(updated_at).toLocaleString()}`;
    this.nameActions(title ?? id);
    this.showStatus(document.status);
    say(this.more, details(document));
    say(this.reason, error ? reason(document) : "");
    this.reason.hidden = !error;
    this.grow();
  }

  /** An event tells the status at once; the page that follows tells the rest. */
  heard({ status, version }) {
    if (version < this.document.version) return;
    this.showStatus(status);
  }

  showStatus(status) {
    this.element.dataset.status = status;
    say(this.status, status);
    if (status === "failed") this.retry.hidden = false;
    else hide(this.retry, this.edit);
  }

  grow() {
    say(this.age, age(this.document.updated_at));
  }

  nameActions(name) {
    if (name === this.named) return;
    this.named = name;
    for (const [action, verb] of [[this.retry, "Retry"], [this.edit, "Edit"], [this.remove, "Delete"]]) {
      action.setAttribute("aria-label", `${verb} ${name}`);
    }
  }
}

function details({ status, version, ready_at, updated_at, embedding }) {
  const took = Date.parse(ready_at) - Date.parse(updated_at);
  return [
    status === "ready" && took > 0 && `ready in ${milliseconds(took)}`,
    embedding?.chunks > 1 && `held as ${plural(embedding.chunks, "chunk")}`,
    version > 1 && `version ${version}`,
  ].filter(Boolean).join(" · ");
}

function reason({ status, error }) {
  const tries = plural(error.attempts, "attempt");
  if (status === "failed") return `${error.message} (${error.code}, ${tries})`;
  const again = error.retry_at ? `tried again ${untilText(error.retry_at)}` : "to be tried again";
  return `Last attempt: ${error.message} (${tries}, ${again})`;
}

function untilText(timestamp) {
  const seconds = Math.round((Date.parse(timestamp) - Date.now()) / 1000);
  return seconds > 0 ? `in ${seconds} s` : "now";
}
