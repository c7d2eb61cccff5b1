// What files hold, read as they stream by: documents, one a line, or a text that is one document.
//
// Ids and titles are those that `make import` makes, so that either finds the other's unchanged.

const ITEM_MAX_BYTES = 8 * 1024 * 1024; // the API takes no longer line
const TEXTS = { txt: "text", md: "markdown", markdown: "markdown" };
const READERS = { jsonl: fromLines, ndjson: fromLines, txt: fromText, md: fromText, markdown: fromText };
const NEWLINE = 10;
const TOO_LONG = `is over ${ITEM_MAX_BYTES.toLocaleString("en")} bytes`;
const NOT_UTF8 = "is not UTF-8";

export const ACCEPTED = Object.keys(READERS).map((suffix) => `.${suffix}`).join();

/** Each document's `place` for people, the bytes up to its `end`, and its `line`, which is `bytes` long, or the
 * `problem` with it. */
export async function* items(files) {
  let before = 0;
  for (const file of files) {
    for await (const item of fromFile(file)) yield { ...item, end: before + item.end };
    before += file.size;
  }
}

async function* fromFile(file) {
  const problem = (text) => ({ place: file.name, end: file.size, problem: text });
  const read = READERS[suffixOf(file)];
  if (!read) return yield problem("is neither .jsonl nor .md nor .txt");
  try {
    yield* read(file);
  } catch (error) {
    yield problem(`can’t be read: ${error.message}`);
  }
}

const suffixOf = ({ name }) => (/^.+\.([^.]+)$/.exec(name)?.[1] ?? "").toLowerCase();

async function* fromLines(file) {
  let number = 0;
  for await (const { bytes, end } of lines(file)) {
    number += 1;
    const place = `${file.name}, line ${number}`;
    const text = bytes && decoded(bytes);
    if (!bytes) yield { place, end, problem: TOO_LONG };
    else if (text === null) yield { place, end, problem: NOT_UTF8 };
    else if (text.trim()) yield { place, end, ...measured(await identified(text)) };
  }
}

/** The lines of a file; one that is too long is dropped as it streams by, and null. */
async function* lines(file) {
  let parts = [];
  let size = 0;
  let before = 0;
  const taken = (end) => {
    const line = { bytes: size > ITEM_MAX_BYTES ? null : joined(parts, size), end };
    parts = [];
    size = 0;
    return line;
  };
  const add = (part) => {
    size += part.length;
    if (size > ITEM_MAX_BYTES) parts = [];
    else parts.push(part);
  };
  for await (const chunk of chunks(file)) {
    let start = 0;
    for (let end; (end = chunk.indexOf(NEWLINE, start)) >= 0; start = end + 1) {
      add(chunk.subarray(start, end));
      yield taken(before + end + 1);
    }
    add(chunk.subarray(start));
    before += chunk.length;
  }
  if (size) yield taken(before);
}

async function* chunks(file) {
  const reader = file.stream().getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function joined(parts, size) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Text in UTF-8 without its byte order mark, or null where it is something else. */
function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Give a document without an id one that is made of its text; leave all else to the API. */
async function identified(text) {
  const document = parsed(text);
  if (!isText(document?.content) || !isText(document.title ?? "") || document.id != null) return text;
  // Without TLS there is no `subtle`. An id at random holds at least while the line is sent again.
  const id = crypto.subtle ? await hashed(document) : hex(crypto.getRandomValues(new Uint8Array(16)));
  // Into the text as it stands: numbers that JavaScript can't hold would change. At its end: an `id` that is null
  // may stand before, and the last one counts.
  return `${text.trimEnd().slice(0, -1)},"id":"${id}"}`;
}

const isText = (value) => typeof value === "string";

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function hashed({ title, content }) {
  const written = `[${JSON.stringify(title ?? null)}, ${JSON.stringify(content)}]`;
  const ascii = written.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(ascii)));
  return hex(digest.subarray(0, 16));
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const measured = (line) => ({ line, bytes: new TextEncoder().encode(line).length });

async function* fromText(file) {
  const item = { place: file.name, end: file.size };
  if (file.size > ITEM_MAX_BYTES) return yield { ...item, problem: TOO_LONG };
  const text = decoded(await file.arrayBuffer());
  if (text === null) return yield { ...item, problem: NOT_UTF8 };
  const content = text.replace(/\r\n?/g, "\n");
  const format = TEXTS[suffixOf(file)];
  const document = { id: file.name, title: titleOf(file, format, content), content, metadata: { path: file.name, format } };
  yield { ...item, ...measured(JSON.stringify(document)) };
}

/** A Markdown file's first heading, or the file's name. */
function titleOf({ name }, format, content) {
  const [first] = content.trimStart().split("\n", 1);
  const heading = format === "markdown" && first.startsWith("# ") ? first.slice(2).trim() : "";
  return heading || name.replace(/\.[^.]+$/, "");
}
