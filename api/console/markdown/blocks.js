// Cuts a Markdown text into blocks, one after the other: { type, start, end, ... }, in UTF-16 units.
//
// Every block is bounded, so a reader can show a text of any size part by part. Lists are flat: an item knows its depth.

import { Lines } from "./lines.js";

const MAX_BLOCK = 8000;
const MAX_ROWS = 100;
const MAX_DEPTH = 3;

const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+|$)/;
const RULE = /^(?:-{3,}|\*{3,}|_{3,})$/;
const ITEM = /^([ \t]*)(?:[-*+]|(\d{1,9})[.)])[ \t]+/;
const QUOTE = /^ {0,3}> ?/;
const SESSION = /^ {0,3}>>> /; // what somebody typed to Python, and what it printed
const OUTER_QUOTE = /^ {0,3}>{1,2}(?: |$)/m; // in a letter, a quote of a quote of a quote stands beside less quoted lines
const LOOK_AHEAD = 1000;
const INDENTED = /^(?: {4}|\t)/;
const UNDERLINE = /^ {0,3}(?:(=+)|-{2,})[ \t]*$/;
const SEPARATOR = /^[|:\- \t]+$/;

const isBlank = (text) => !text.trim();
const isRule = (text) => RULE.test(text.replaceAll(" ", ""));
const isSeparator = (text) => text.includes("|") && text.includes("-") && SEPARATOR.test(text);
const isLetter = (text, start) => OUTER_QUOTE.test(text.slice(start, start + LOOK_AHEAD).split(/\n[ \t\r]*\n/, 1)[0]);
const beginsBlock = (text) => [FENCE, HEADING, ITEM, QUOTE].some((pattern) => pattern.test(text)) || isRule(text);

export function* blocks(text) {
  const lines = new Lines(text);
  let previous = {};
  while (lines.peek) {
    if (isBlank(lines.peek.text) && !previous.fence) lines.next();
    else {
      previous = readBlock(lines, text, previous);
      if (previous.end > previous.start) yield previous;
    }
  }
}

function readBlock(lines, text, { type: previous, fence }) {
  const { start, text: line } = lines.peek;
  const isInList = previous === "item" || previous === "continuation";
  if (fence) return code(lines, fence);
  if (start === 0 && line === "---") return frontMatter(lines, text);
  if (FENCE.test(line)) return code(lines, FENCE.exec(lines.next().text)[1]);
  if (HEADING.test(line)) return heading(lines.next());
  if (isRule(line)) return { ...lines.next(), type: "rule" };
  if (SESSION.test(line) && !isLetter(text, start)) return gather(lines, "code", (each) => !isBlank(each.text));
  if (QUOTE.test(line)) return quote(lines);
  if (ITEM.test(line)) return item(lines);
  if (!INDENTED.test(line)) return paragraphOrTable(lines);
  return isInList ? paragraph(lines, "continuation") : gather(lines, "code", (each) => INDENTED.test(each.text));
}

/** A block of this line and those after it, while they meet a condition. */
function gather(lines, type, isIn, first = lines.next()) {
  let { end } = first;
  while (lines.peek && lines.peek.end - first.start < MAX_BLOCK && isIn(lines.peek)) ({ end } = lines.next());
  return { type, start: first.start, end };
}

/** The lines between two `---` at the beginning are data, which are shown as they are. */
function frontMatter(lines, text) {
  const first = lines.next();
  const length = text.slice(first.after, first.after + MAX_BLOCK / 2).search(/^---[ \t]*\r?$/m);
  if (length <= 0) return { ...first, type: "rule" };
  const end = first.after + length;
  const block = gather(lines, "code", (line) => line.start < end);
  lines.next();
  return block;
}

/** Code up to a fence. If it is too long for a block, the block keeps the fence, and the next one goes on. */
function code(lines, fence) {
  const isEnd = ({ text }) => text.trim().startsWith(fence) && !text.trim().slice(fence.length).replaceAll(fence[0], "");
  const start = lines.peek?.start ?? 0;
  const isEmpty = !lines.peek || isEnd(lines.peek);
  const block = isEmpty ? { type: "code", start, end: start } : gather(lines, "code", (line) => !isEnd(line));
  if (lines.peek && !isEnd(lines.peek)) return { ...block, fence };
  if (lines.peek) lines.next();
  return block;
}

function heading({ start, end, text }) {
  const [prefix, { length: level }] = HEADING.exec(text);
  const title = text.slice(prefix.length).replace(/[ \t]#{1,6}[ \t]{0,9}$/, "").trimEnd();
  return { type: "heading", level, start, end, from: start + prefix.length, to: start + prefix.length + title.length };
}

function quote(lines) {
  const texts = [];
  const keep = (line) => texts.push(line.text.replace(QUOTE, ""));
  keep(lines.peek);
  const block = gather(lines, "quote", (line) => QUOTE.test(line.text) && keep(line));
  return { ...block, text: texts.join("\n") };
}

function item(lines) {
  const first = lines.next();
  const [prefix, indentation, number] = ITEM.exec(first.text);
  const depth = Math.min(MAX_DEPTH, 1 + Math.floor(indentation.replaceAll("\t", "    ").length / 2));
  const block = gather(lines, "item", ({ text }) => !isBlank(text) && !beginsBlock(text), first);
  return { ...block, from: first.start + prefix.length, to: block.end, number: number && Number(number), depth };
}

function paragraphOrTable(lines) {
  const first = lines.next();
  const second = lines.peek?.text ?? "";
  if (first.text.includes("|") && isSeparator(second)) return table(lines, first);
  const underline = UNDERLINE.exec(second);
  return underline ? underlined(first, lines.next(), underline[1] ? 1 : 2) : paragraph(lines, "paragraph", first);
}

function paragraph(lines, type, first = lines.next()) {
  const block = gather(lines, type, ({ text }) => !isBlank(text) && !beginsBlock(text), first);
  return { ...block, from: block.start, to: block.end };
}

const underlined = ({ start, end: to }, { end }, level) => ({ type: "heading", level, start, end, from: start, to });

function table(lines, first) {
  lines.next();
  const rows = [first];
  const block = gather(lines, "table", (line) => rows.length < MAX_ROWS && line.text.includes("|") && rows.push(line), first);
  return { ...block, rows: rows.map(cells) };
}

/** The cells of a row, as ranges of the text. */
function cells({ start, text }) {
  const line = text.trimEnd().replace(/\|$/, "");
  let position = line.trimStart().startsWith("|") ? line.indexOf("|") + 1 : 0;
  return line.slice(position).split("|").map((cell) => {
    const from = start + position + cell.length - cell.trimStart().length;
    position += cell.length + 1;
    return { from, to: from + cell.trim().length };
  });
}
