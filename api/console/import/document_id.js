// Derives the id of a document from its title, content and metadata, as `inkdex import` does.

const ID_BYTES = 16;
const NUMBER = "\udfff"; // no valid string of a document begins so

/** Add an id to a line of JSON if it is a document without one. Leave every other line to the API. */
export async function withId(text) {
  const document = parse(text);
  if (!isText(document?.content) || !isText(document.title ?? "") || document.id != null) return text;
  const id = await idOf(text);
  if (id === null) return text;
  // Insert into the text: serializing the parsed document would round large numbers. Insert at the end: the last
  // of two ids counts, and an `id` of null may come first.
  return `${text.trimEnd().slice(0, -1)},"id":"${id}"}`;
}

async function idOf(text) {
  // Without TLS there is no `crypto.subtle`. A random id still lets the same line be sent twice and stored once.
  if (!crypto.subtle) return hex(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
  try {
    return await hashOf(text);
  } catch {
    return null; // it is nested too deeply
  }
}

const isText = (value) => typeof value === "string";

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Keep a number as it is written. (Browsers from before 2025 pass no `source`.) */
function asWritten(key, value, context) {
  return typeof value === "number" ? NUMBER + (context?.source ?? value) : value;
}

/** SHA-256 of the JSON array that `inkdex import` hashes: title, content and, unless it is empty, the metadata. */
async function hashOf(text) {
  const { title, content, metadata } = JSON.parse(text, asWritten);
  const given = [title ?? null, content];
  if (metadata && (typeof metadata !== "object" || Object.keys(metadata).length)) given.push(metadata);
  const json = pythonJson(given);
  const ascii = json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(ascii));
  return hex(new Uint8Array(digest).subarray(0, ID_BYTES));
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Write a value as Python's json.dumps does with sort_keys. The browser's parser limits its depth. */
function pythonJson(value) {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort(byCodePoint);
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${pythonJson(value[key])}`).join(", ")}}`;
}

/** Compare two texts as Python does. JavaScript compares UTF-16 units. */
function byCodePoint(one, other) {
  const units = Array.from(one);
  for (const [index, character] of Array.from(other).entries()) {
    const difference = (units[index]?.codePointAt(0) ?? -1) - character.codePointAt(0);
    if (difference) return difference;
  }
  return units.length - Array.from(other).length;
}
