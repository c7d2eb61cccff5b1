// Lines that were wrapped at a width, as in plain text and Markdown. A short line, or one that ends a sentence, is none.
// This is for quotations of sentences: it would run the lines of tables, logs and code together.

const BREAK = /(?<=[^\n]{30}[\p{L}\p{N}_,])\r?\n([ \t]*)(?=[\p{L}\p{N}("“‘'])(?!\d+[.)] )/gu;

/** The text with spaces instead of each break and what indents the next line, as many, so that positions in the text stay. */
export const unwrappedInPlace = (text) => text.replace(BREAK, (found) => " ".repeat(found.length));
