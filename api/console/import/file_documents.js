// Reads documents from files as they stream: one per line of JSON, or one per text file.
//
// Ids and titles are the same as those of `inkdex import`, so that importing lines either way finds them unchanged.

import { withId } from "./document_id.js";
import { ITEM_MAX_BYTES, lines } from "./lines.js";

const FORMATS = { txt: "text", md: "markdown", markdown: "markdown" };
const READERS = { jsonl: fromLines, ndjson: fromLines, txt: fromText, md: fromText, markdown: fromText };
const TOO_LONG = `longer than ${ITEM_MAX_BYTES.toLocaleString("en")} bytes`;
const NOT_UTF8 = "not valid UTF-8";

export const ACCEPTED_SUFFIXES = Object.keys(READERS).map((suffix) => `.${suffix}`).join();

/** Yield { location, end, line, bytes } or { location, end, problem } for each document.
 *
 * `location` is for people, `end` is the position after the document in bytes of all files together, `line` is its
 * JSON, and `bytes` is the size of that line.
 */
export async function* fileDocuments(files) {
  let before = 0;
  for (const file of files) {
    for await (const item of fromFile(file)) yield { ...item, end: before + item.end };
    before += file.size;
  }
}

async function* fromFile(file) {
  const rejected = (problem) => ({ location: file.name, end: file.size, problem });
  const read = READERS[suffixOf(file)];
  if (!read) return yield rejected("the file type is not supported, use .jsonl, .md or .txt");
  try {
    yield* read(file);
  } catch (error) {
    yield rejected(`the file cannot be read: ${error.message}`);
  }
}

const suffixOf = ({ name }) => (/^.+\.([^.]+)$/.exec(name)?.[1] ?? "").toLowerCase();

async function* fromLines(file) {
  let number = 0;
  for await (const { bytes, end } of lines(file)) {
    number += 1;
    const location = `${file.name}, line ${number}`;
    const text = bytes && decode(bytes);
    if (!bytes) yield { location, end, problem: TOO_LONG };
    else if (text === null) yield { location, end, problem: NOT_UTF8 };
    else if (text.trim()) yield { location, end, ...measure(await withId(text)) };
  }
}

async function* fromText(file) {
  const item = { location: file.name, end: file.size };
  if (file.size > ITEM_MAX_BYTES) return yield { ...item, problem: TOO_LONG };
  const text = decode(await file.arrayBuffer());
  if (text === null) return yield { ...item, problem: NOT_UTF8 };
  const content = text.replace(/\r\n?/g, "\n");
  const format = FORMATS[suffixOf(file)];
  const document = { id: file.name, title: titleOf(file, format, content), content, metadata: { path: file.name, format } };
  yield { ...item, ...measure(JSON.stringify(document)) };
}

/** The first heading of a Markdown file, otherwise the file's name without its suffix. */
function titleOf({ name }, format, content) {
  const [first] = content.trimStart().split("\n", 1);
  const heading = format === "markdown" && first.startsWith("# ") ? first.slice(2).trim() : "";
  return heading || name.replace(/\.[^.]+$/, "");
}

/** Decode UTF-8 without its byte order mark. Return null if the bytes are not valid UTF-8. */
function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const measure = (line) => ({ line, bytes: new TextEncoder().encode(line).length });
