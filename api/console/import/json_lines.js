// Reads documents from files of JSON lines as they stream.
//
// Ids are the same as those of `inkdex import`, so that importing lines either way finds them unchanged.

import { withId } from "./document_id.js";
import { ITEM_MAX_BYTES, lines } from "./lines.js";

const TOO_LONG = `longer than ${ITEM_MAX_BYTES.toLocaleString("en")} bytes`;
const NOT_UTF8 = "not valid UTF-8";

/** Yield { location, end, line, bytes } or { location, end, problem } for each document.
 *
 * `location` is for people, `end` is the position after the document in bytes of all files together, `line` is its
 * JSON, and `bytes` is the size of that line.
 */
export async function* lineDocuments(files) {
  let before = 0;
  for (const file of files) {
    for await (const item of fromFile(file)) yield { ...item, end: before + item.end };
    before += file.size;
  }
}

async function* fromFile(file) {
  try {
    yield* fromLines(file);
  } catch (error) {
    yield { location: file.name, end: file.size, problem: `cannot be read: ${error.message}` };
  }
}

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

/** Decode UTF-8 without its byte order mark. Return null if the bytes are not valid UTF-8. */
function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const measure = (line) => ({ line, bytes: new TextEncoder().encode(line).length });
