// Shows the text of a document, formatted or as it is written. A long text appears part by part, as it is scrolled.

import { button, el, hide } from "../lib/dom.js";
import { inUnits } from "../lib/marked_text.js";
import { blocks } from "../markdown/blocks.js";
import { elementsOf, written } from "../markdown/elements.js";
import { parts } from "./parts.js";
import { startWords, underlineWords } from "./query_words.js";

const BATCH_UNITS = 12_000;
const BATCH_BLOCKS = 100;
const BLOCKS_BEFORE = 4; // what is shown before a passage in the middle of a long text
const LONG_PASSAGE = 500; // UTF-16 units
const NEAR = "1500px"; // what is nearer than this to the window is made

const FORMS = {
  formatted: { blocksOf: blocksAfterTitle, elementsOf },
  written: { blocksOf: parts, elementsOf: (text, found, range) => found.map((part) => el("div", {}, ...written(text, part, range))) },
};

/** The blocks of a text. Its first heading is left out if it repeats the title, which the page shows. */
function* blocksAfterTitle(text, title) {
  for (const block of blocks(text)) {
    const isTitle = block.type === "heading" && text.slice(block.from, block.to) === title && !text.slice(0, block.start).trim();
    if (!isTitle) yield block;
  }
}

/** How much of the text a passage is. The more it is, the less it is coloured. */
function extentOf({ start, end }, text) {
  if (!text.slice(0, start).trim() && !text.slice(end).trim()) return "whole-passage";
  return end - start > LONG_PASSAGE ? "long-passage" : "";
}

export class TextView {
  #shown = 0; // counts the texts, so that work on a former one ends

  constructor(element) {
    this.element = element;
    this.moreButton = button("Show the rest", () => this.#showAll());
    this.beforeButtons = el("p", { class: "row" },
      button("Show the text before", () => this.#showBefore()),
      button("Show from the beginning", () => this.#restart(0)));
    element.before(this.beforeButtons);
    element.after(this.moreButton);
    this.observer = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && this.#showMore(),
      { rootMargin: NEAR });
  }

  /** Show the text of a document. `passage` is a range of code points, or null. `form` is "formatted" or "written". */
  show(document, passage, form) {
    const { content: text, title } = document;
    startWords(document);
    this.text = text;
    this.form = FORMS[form];
    this.range = passage && inUnits(text, passage);
    this.title = title;
    this.element.className = `document-text ${form} ${this.range ? extentOf(this.range, text) : ""}`;
    this.#restart(this.range?.start ?? 0);
  }

  /** Show the text anew, from about a position. */
  #restart(position) {
    this.#shown += 1;
    this.waiting = this.form.blocksOf(this.text, this.title);
    this.before = [];
    const first = this.#firstBlocks(position);
    this.element.replaceChildren();
    this.#append(first);
    this.#offer(this.beforeButtons, this.before.length);
  }

  /** The blocks about a position and some more. Those far before it are set aside. */
  #firstBlocks(start) {
    const found = this.#take(BATCH_BLOCKS, BATCH_UNITS);
    while (found.length && found.at(-1).end <= start) {
      const more = this.#take(BATCH_BLOCKS, BATCH_UNITS);
      if (!more.length) break;
      this.before.push(...found.splice(0, Math.max(0, found.length - BLOCKS_BEFORE)));
      found.push(...more);
    }
    return found;
  }

  #take(number, units) {
    const found = [];
    for (let size = 0; found.length < number && size < units;) {
      const { value, done } = this.waiting.next();
      if (done) break;
      found.push(value);
      size += value.end - value.start;
    }
    return found;
  }

  #batch(found) {
    const batch = el("div", { class: "text-batch" }, ...this.form.elementsOf(this.text, found, this.range));
    underlineWords(batch);
    return batch;
  }

  #append(found) {
    if (found.length) this.element.append(this.#batch(found));
    this.#offer(this.moreButton, found.length);
    this.observer.disconnect(); // an observed element is reported again only if it is observed anew
    if (found.length) this.observer.observe(this.moreButton);
  }

  #showMore() {
    this.#append(this.#take(BATCH_BLOCKS, BATCH_UNITS));
  }

  #showAll() {
    const shown = this.#shown;
    this.element.focus({ preventScroll: true }); // the button is about to be hidden
    const step = () => {
      if (shown !== this.#shown || this.moreButton.hidden) return;
      this.#showMore();
      requestAnimationFrame(step);
    };
    step();
  }

  /** Show what comes before. What was at the top stays where it is. */
  #showBefore() {
    const first = this.element.firstElementChild;
    const { top } = first.getBoundingClientRect();
    first.before(this.#batch(this.#takeBefore()));
    scrollBy({ top: first.getBoundingClientRect().top - top, behavior: "instant" });
    this.#offer(this.beforeButtons, this.before.length);
  }

  #offer(control, isOffered) {
    if (isOffered) control.hidden = false;
    else hide(control, this.element);
  }

  #takeBefore() {
    let number = 0;
    for (let size = 0; number < Math.min(BATCH_BLOCKS, this.before.length) && size < BATCH_UNITS;) {
      number += 1;
      size += this.before.at(-number).end - this.before.at(-number).start;
    }
    return this.before.splice(-number);
  }
}
