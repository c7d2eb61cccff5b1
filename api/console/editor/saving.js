// Sends what the editor contains.

import { documentPath, request } from "../lib/api.js";
import { parse } from "../lib/lossless_json.js";

export const create = (entered, collection) =>
  request("/v1/documents", { method: "POST", body: { ...entered, collection }, parse });

/** Send only the fields in `changed`, because the form normalizes line ends and trims the title. */
export function save(edited, entered, changed) {
  const changes = Object.fromEntries(Object.entries(entered).filter(([name]) => name in changed));
  if (changes.content) changes.content = withLineEndsOf(edited.content, changes.content);
  // A merge patch cannot set a metadata field to null, so changed metadata needs a full replacement.
  const { title, content } = edited;
  const [method, body] = changes.metadata ? ["PUT", { title, content, ...changes }] : ["PATCH", changes];
  return request(documentPath(edited.id), {
    method,
    body,
    parse,
    query: { collection: edited.collection },
    headers: { "if-match": `"${edited.version}"` },
  });
}

/** Restore CRLF if every line of the original ended with it. */
const withLineEndsOf = (original, text) =>
  (original.includes("\r\n") && !/(?<!\r)\n/.test(original) ? text.replaceAll("\n", "\r\n") : text);

/** The field that a problem is about, and what to say of it. */
export function fieldProblem({ status, message, errors }) {
  if (status === 409) return { field: "id", message: "This id is already in use. Choose another id, or edit the existing document." };
  const [name] = errors?.[0]?.path ?? [];
  return { field: ["id", "title", "metadata"].includes(name) ? name : "content", message };
}
