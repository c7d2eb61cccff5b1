// Reads documents with their whole texts. The list has only the beginnings.

import { request } from "../lib/api.js";
import * as losslessJson from "../lib/lossless_json.js";

const AT_ONCE = 200;

/** The documents, as far as they still exist. */
export async function* wholeDocuments(collection, documents) {
  const ids = documents.map(({ id }) => id);
  while (ids.length) {
    const body = { collection, ids: ids.splice(0, AT_ONCE) };
    const { items, left_out } = await request("/v1/documents/fetch", { method: "POST", body, parse: losslessJson.parse });
    yield* items;
    ids.unshift(...left_out); // an answer has about 2 MB of text
  }
}

/** A line as an import takes it. */
export const exportLine = ({ id, title, content, metadata }) => `${JSON.stringify({ id, title, content, metadata })}\n`;
