// The text of an answer. Its citations become buttons, and words that no source holds are marked.
//
// The API counts code points. Whatever is put around a part of the text keeps that text, so positions stay right.

import { el } from "../lib/dom.js";
import { unwrappedInPlace } from "../lib/wrapped_lines.js";

const WEAK_SUPPORT = 0.3; // the part of a sentence's words that its source has
export const LABEL = "label-in-text"; // text that is not part of the answer

export class AnswerText {
  #waiting = []; // citations whose text has not arrived
  #length = 0; // in code points

  /** `open` is called with a citation that the user wants to read, `point` with one under the pointer or null. */
  constructor({ open, point }) {
    this.open = open;
    this.point = point;
    this.text = "";
    this.weak = 0; // references to a source that has few words of their sentence
    this.element = el("div", { class: "answer-text", dir: "auto" });
  }

  append(text) {
    this.text += text;
    this.#length += [...text].length;
    const last = this.element.lastChild;
    if (last instanceof Text) last.appendData(text);
    else this.element.append(text);
    const citations = this.#waiting;
    this.#waiting = [];
    citations.forEach((citation) => this.cite(citation));
  }

  cite(citation) {
    if (citation.at[1] > this.#length) this.#waiting.push(citation);
    else if (citation.kind === "reference") this.#wrap(citation.at, this.#reference(citation));
    else this.#wrap(citation.at, this.#quotation(citation));
  }

  /** Join the lines of what is quoted: all of the text, or its quotations. */
  unwrap(isAllQuoted) {
    this.element.classList.toggle("quoted", isAllQuoted);
    for (const element of isAllQuoted ? [this.element] : this.element.querySelectorAll(".quotation")) {
      for (const node of textNodes(element)) node.data = unwrappedInPlace(node.data);
    }
  }

  #reference(citation) {
    const point = () => this.point(citation);
    const leave = () => this.point(null);
    const events = { click: () => this.open(citation), pointerenter: point, focus: point, pointerleave: leave, blur: leave };
    const isWeak = citation.support != null && citation.support < WEAK_SUPPORT;
    if (isWeak) this.weak += 1;
    const name = `[${citation.n}], open source ${citation.n}${isWeak ? ", which has few words of this sentence" : ""}`;
    return el("button", { type: "button", class: isWeak ? "reference weak" : "reference", "aria-label": name, ...events });
  }

  #quotation({ verified }) {
    return verified ? el("q", { class: "quotation" }) : el("mark", { class: "unverified" });
  }

  #wrap([start, end], element) {
    const from = this.#position(start, true);
    const to = this.#position(end, false);
    if (from[0] === to[0]) surroundText(from[0], from[1], to[1], element);
    else surroundNodes(from, to, element);
    if (element.matches(".unverified")) element.append(el("small", { class: LABEL }, " not in the sources"));
  }

  /** The text node and the offset in it of a code point. At a border, the later node if `after`. */
  #position(point, after) {
    let rest = this.#length - point; // counted from the end, because citations follow their text
    for (const node of textNodes(this.element, "lastChild", "previousNode")) {
      const characters = [...node.data];
      if (rest < characters.length || (rest === characters.length && after)) {
        return [node, characters.slice(0, characters.length - rest).join("").length];
      }
      rest -= characters.length;
    }
    return [this.element, 0];
  }
}

/** Put an element around a part of a text node. Ranges would do it too, but take longer the longer the answer is. */
function surroundText(node, start, end, element) {
  node.splitText(end);
  const part = node.splitText(start);
  part.replaceWith(element);
  element.append(part);
}

function surroundNodes(from, to, element) {
  const range = document.createRange();
  range.setStart(...from);
  range.setEnd(...to);
  element.append(range.extractContents());
  range.insertNode(element);
}

/** The nodes of the answer's text, without labels in it. */
export function* textNodes(element, first = "firstChild", next = "nextNode") {
  const isAnswer = (node) => (node.parentElement.matches(`.${LABEL}`) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, isAnswer);
  for (let node = walker[first](); node; node = walker[next]()) yield node;
}
