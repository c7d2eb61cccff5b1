// Derives the id of a document from its title and content, as `make import` does.

const ID_BYTES = 16;

/** Add an id to a line of JSON if it is a document without one. Leave every other line to the API. */
export async function withId(text) {
  const document = parse(text);
  if (!isText(document?.content) || !isText(document.title ?? "") || document.id != null) return text;
  // Without TLS there is no `crypto.subtle`. A random id still lets the same line be sent twice and stored once.
  const id = crypto.subtle ? await hashOf(document) : hex(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
  // Insert into the text: serializing the parsed document would round large numbers. Insert at the end: the last
  // of two ids counts, and an `id` of null may come first.
  return `${text.trimEnd().slice(0, -1)},"id":"${id}"}`;
}

const isText = (value) => typeof value === "string";

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** SHA-256 of the JSON array that Python's json.dumps([title, content]) writes. */
async function hashOf({ title, content }) {
  const json = `[${JSON.stringify(title ?? null)}, ${JSON.stringify(content)}]`;
  const ascii = json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(ascii));
  return hex(new Uint8Array(digest).subarray(0, ID_BYTES));
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
