// Long names in code break between their words, and not within one.

import { el } from "./dom.js";

const LONG = /(\S{20,})/;
const BETWEEN = /(?<=[._/\\:-])(?=[\p{L}\p{N}])|(?<=\p{Ll})(?=\p{Lu})/u;

/** The nodes of a text. */
export const breakable = (text) => text.split(LONG).flatMap((part, index) => (index % 2 ? withBreaks(part) : [part]));

const withBreaks = (name) => name.split(BETWEEN).flatMap((word, index) => (index ? [el("wbr"), word] : [word]));
