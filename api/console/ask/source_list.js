// The sources of an answer: what was found, how relevant it is, and whether the model was given it.

import { nameByPassage } from "../lib/document_name.js";
import { button, el, setText } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { relevanceBar } from "../search/relevance_bar.js";

const REASONS = { no_room: "Not given to the model: there was no room." };
const NOT_GIVEN = "Not given to the model.";

export const titleOf = ({ title, document: id, start, text }) => nameByPassage({ title, id }, text, start === 0);

export class SourceList {
  /** `open` is called with a source that the user wants to read. `collection` is the one that was asked about. */
  constructor(collection, open) {
    this.collection = collection;
    this.open = open;
    this.sources = [];
    this.heading = el("h4", {}, "Sources");
    this.list = el("ol", { class: "sources" });
    this.element = el("div", { class: "turn-sources", role: "group", "aria-label": "Sources", hidden: true }, this.heading, this.list);
  }

  show(sources) {
    this.sources = sources;
    this.list.replaceChildren(...sources.map((source) => this.#item(source)));
    for (const source of sources) if (!source.in_prompt) this.#setAside(source, NOT_GIVEN);
    this.element.hidden = !sources.length;
  }

  of(n) {
    return this.sources.find((source) => source.n === n);
  }

  highlight(n) {
    for (const item of this.list.children) item.classList.toggle("highlighted", item.dataset.n === String(n));
  }

  /** Show which sources had no room, and why. */
  leaveOut(leftOut) {
    for (const { document, start, reason } of leftOut) {
      const source = this.sources.find((each) => each.document === document && each.start === start);
      if (source) this.#setAside(source, REASONS[reason] ?? NOT_GIVEN);
    }
  }

  #setAside(source, reason) {
    const item = this.list.children[this.sources.indexOf(source)];
    item.classList.add("left-out");
    setText(item.querySelector(".reason"), reason);
  }

  #item(source) {
    const { n, headings, relevance, text } = source;
    const place = source.collection === this.collection ? headings : [source.collection, ...headings];
    return el("li", { class: "source", "data-n": n },
      el("span", { class: "number", "aria-hidden": "true" }, `[${n}]`),
      el("div", {},
        el("h5", {}, button(titleOf(source), () => this.open(source), { class: "title", dir: "auto" })),
        place.length > 0 && el("p", { class: "note", dir: "auto" }, place.join(" › ")),
        relevance && el("p", { class: "explanation", "data-relevance": relevance }, relevanceBar(relevance), `${relevance} match`),
        el("p", { class: "note reason" }),
        el("details", {},
          el("summary", {}, `Passage, ${count([...text].length)} characters`),
          el("blockquote", { dir: "auto", tabindex: "0", "aria-label": `Passage of source ${n}` }, text))));
  }
}
