// A list beside the text. It is read when it is opened, and again when the document has another embedding.

import { el } from "../lib/dom.js";

const embeddingOf = (document) => JSON.stringify([document?.embedding?.version, document?.embedding?.model]);

export class LazyList {
  #document = null;
  #latest = 0;
  #isLoaded = false;

  /** `read` takes a document, and returns a promise of the list's items that may fail with a Problem. */
  constructor(details, list, read) {
    Object.assign(this, { details, list, read });
    details.addEventListener("toggle", () => this.#load());
  }

  offer(document) {
    const isOther = embeddingOf(this.#document) !== embeddingOf(document);
    this.#document = document;
    if (!isOther) return;
    this.#isLoaded = false;
    this.#load();
  }

  async #load() {
    if (!this.details.open || this.#isLoaded) return;
    this.#isLoaded = true;
    const number = ++this.#latest;
    const items = await this.read(this.#document).catch(({ message }) => {
      this.#isLoaded = false; // opening it again tries again
      return [el("li", { class: "error" }, message)];
    });
    if (number === this.#latest) this.list.replaceChildren(...(items.length ? items : [el("li", { class: "note" }, "None.")]));
  }
}
