// Reads a text line by line. A line that is too long for one element comes in several parts.

const MAX_LINE = 4000; // UTF-16 units

export class Lines {
  #text;
  #start = 0;
  #line = null;

  constructor(text) {
    this.#text = text;
  }

  /** The line that `next` returns, as { start, end, after, text }, or null at the end. `after` is where the next one starts. */
  get peek() {
    this.#line ??= this.#start < this.#text.length ? this.#read() : null;
    return this.#line;
  }

  next() {
    const line = this.peek;
    this.#line = null;
    this.#start = line.after;
    return line;
  }

  #read() {
    const start = this.#start;
    const part = this.#text.slice(start, start + MAX_LINE);
    const length = part.indexOf("\n");
    if (length >= 0) return this.#lineOf(start, start + length, start + length + 1);
    if (part.length < MAX_LINE) return this.#lineOf(start, start + part.length, start + part.length);
    const cut = start + cutOf(part);
    return this.#lineOf(start, cut, cut);
  }

  #lineOf(start, end, after) {
    const text = this.#text.slice(start, end).replace(/\r$/, "");
    return { start, end: start + text.length, after, text };
  }
}

/** Where to cut: after a space, but never within a character. */
function cutOf(part) {
  const space = part.lastIndexOf(" ") + 1;
  if (space > MAX_LINE / 2) return space;
  return /[\ud800-\udbff]$/.test(part) ? MAX_LINE - 1 : MAX_LINE;
}
