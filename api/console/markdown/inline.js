// Makes the nodes of a line of Markdown: emphasis, code, links. Whatever is not Markdown, HTML too, stays text.
//
// Each character is looked at a bounded number of times, so that no text takes long.

import { el } from "../lib/dom.js";
import { mark, pieces } from "../lib/marked_text.js";

const MAX_OPEN = 6; // emphasis within emphasis
const SHORT_LINE = 50; // after a shorter line the author wanted a new one

const LINK = /!?\[([^[\]]{0,1000})\]\(((?:[^\s()<>]|\([^\s()<>]{0,200}\)){1,2000})(?:[ \t]{1,9}"[^"\n]{0,300}")?\)/y;
const ADDRESS = /https?:\/\/[^\s<>"'`*]{1,2000}/y;
const IN_BRACKETS = /<(https?:\/\/[^\s<>]{1,2000})>/y;
const EMPHASIS = /\*{1,2}|_{1,2}|~~/y;
const TAGS = { "**": "strong", __: "strong", "*": "em", _: "em", "~~": "del" };
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const IN_WORD = /[\p{L}\p{N}]/u;
const OPENS_ADDRESS = new Set(["http:", "https:", "mailto:"]);

/** The nodes of text[from..to]. What lies in `range` is marked. */
export const inline = (text, from, to, range) => new Inline(text, from, to, range).parse();

class Inline {
  #rules = {
    "\\": () => this.#escape(),
    "`": () => this.#code(),
    "[": () => this.#link(),
    "!": () => this.#link(),
    "<": () => this.#address(IN_BRACKETS),
    h: () => this.#address(ADDRESS),
    "*": () => this.#emphasis(),
    _: () => this.#emphasis(),
    "~": () => this.#emphasis(),
    "\n": () => this.#lineBreak(),
  };
  #open = [{ nodes: [] }]; // emphasis that has begun, the innermost last
  #unclosed = new Set(); // runs of backticks that no other run closes

  constructor(text, from, to, range, inLink = false) {
    this.text = text;
    this.at = this.plain = this.line = from; // the text between `plain` and `at` is not a node yet
    this.to = to;
    this.range = range;
    if (inLink) for (const sign of ["[", "!", "<", "h"]) delete this.#rules[sign];
  }

  parse() {
    while (this.at < this.to) {
      const rule = this.#rules[this.text[this.at]];
      if (!rule?.()) this.at += 1;
    }
    this.#flush();
    while (this.#open.length > 1) this.#giveUp();
    return this.#open[0].nodes;
  }

  #add(...nodes) {
    this.#open.at(-1).nodes.push(...nodes);
  }

  /** Make nodes of the plain text until here. */
  #flush(end = this.at) {
    if (end > this.plain) this.#add(...this.#marked(this.plain, end));
    this.plain = this.at;
  }

  #marked(from, to) {
    const text = this.text.slice(from, to);
    return this.range ? pieces(text, [[{ start: this.range.start - from, end: this.range.end - from }, mark]]) : [text];
  }

  /** Add an element for the text from here, and go on after it. */
  #replace(length, ...nodes) {
    this.#flush();
    this.#add(...nodes);
    this.at += length;
    this.plain = this.at;
    return true;
  }

  #match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    return found && this.at + found[0].length <= this.to ? found : null;
  }

  #escape() {
    if (!PUNCTUATION.test(this.text[this.at + 1] ?? "") || this.at + 1 >= this.to) return false;
    return this.#replace(2, ...this.#marked(this.at + 1, this.at + 2));
  }

  #code() {
    let end = this.at;
    while (end < this.to && this.text[end] === "`") end += 1;
    const run = this.text.slice(this.at, end);
    const length = this.#unclosed.has(run) ? -1 : this.text.slice(end, this.to).indexOf(run);
    if (length < 0) {
      this.#unclosed.add(run);
      this.at = end;
      return true;
    }
    return this.#replace(2 * run.length + length, el("code", {}, ...this.#marked(end, end + length)));
  }

  #link() {
    const found = this.#match(LINK);
    if (!found) return false;
    const [whole, label, address] = found;
    const from = this.at + whole.indexOf("[") + 1;
    const nodes = label ? new Inline(this.text, from, from + label.length, this.range, true).parse() : [address];
    return this.#replace(whole.length, linkTo(address, nodes));
  }

  #address(pattern) {
    if (IN_WORD.test(this.text[this.at - 1] ?? "")) return false;
    const found = this.#match(pattern);
    if (!found) return false;
    const address = (found[1] ?? found[0]).replace(/[.,;:!?)\]]{1,9}$/, "");
    return this.#replace(found[1] ? found[0].length : address.length, linkTo(address, [address]));
  }

  #emphasis() {
    const sign = this.#sign();
    if (!sign) return false;
    const before = this.text[this.at - 1] ?? " ";
    const after = this.text[this.at + sign.length] ?? " ";
    const isInWord = sign[0] === "_" && IN_WORD.test(before) && IN_WORD.test(after);
    if (!isInWord && /\S/.test(before) && this.#close(sign)) return true;
    if (isInWord || /\s/.test(after) || this.#open.length > MAX_OPEN) return this.#skip(sign.length);
    this.#replace(sign.length);
    this.#open.push({ sign, nodes: [] });
    return true;
  }

  /** The sign here. In a run of three, the innermost emphasis ends first. */
  #sign() {
    const [greedy] = this.#match(EMPHASIS) ?? [];
    const { sign: innermost } = this.#open.at(-1);
    const isThree = greedy?.length === 2 && this.text[this.at + 2] === greedy[0];
    return isThree && innermost === greedy[0] ? innermost : greedy;
  }

  #skip(length) {
    this.at += length;
    return true;
  }

  #close(sign) {
    if (!this.#open.some((each) => each.sign === sign)) return false;
    this.#flush();
    while (this.#open.at(-1).sign !== sign) this.#giveUp();
    const { nodes } = this.#open.pop();
    return this.#replace(sign.length, el(TAGS[sign], {}, ...nodes));
  }

  /** The innermost emphasis never ends, so its sign is text. */
  #giveUp() {
    const { sign, nodes } = this.#open.pop();
    this.#add(sign, ...nodes);
  }

  #lineBreak() {
    const length = this.at - this.line;
    this.line = this.at + 1;
    return length < SHORT_LINE || this.text.slice(this.at - 2, this.at) === "  " ? this.#replace(1, el("br")) : false;
  }
}

/** A link, if it leads to another page. What leads elsewhere, as within a folder, stays text. */
function linkTo(address, nodes) {
  const url = URL.parse(address);
  if (!url || !OPENS_ADDRESS.has(url.protocol)) return el("span", { class: "dead-link", title: address }, ...nodes);
  return el("a", { href: url.href, title: url.href, rel: "noopener noreferrer nofollow external" }, ...nodes);
}
