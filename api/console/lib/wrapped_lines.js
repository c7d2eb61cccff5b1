// Lines that were wrapped at a width, as in plain text and Markdown. A short line, or one that ends a sentence, is none.

const BREAK = /(?<=[^\n]{30}[\p{L}\p{N}_,])\r?\n([ \t]*)(?=[\p{L}\p{N}("“‘'])(?!\d+[.)] )/gu;

/** The text with a space instead of each break and what indents the next line. */
export const unwrapped = (text) => text.replace(BREAK, " ");

/** The same with as many characters, so that positions in the text stay. */
export const unwrappedInPlace = (text) => text.replace(BREAK, (found) => " ".repeat(found.length));
