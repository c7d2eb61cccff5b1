// The description of the selected collection, above its documents.

import { collectionPath, request } from "../lib/api.js";
import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { collection, mayExist } from "./collection.js";

let listed = new Map(); // the descriptions of the listed collections

export function startDescription() {
  on("collection-selected", () => setText($("description"), ""));
  on("collections-read", (items) => {
    listed = new Map(items.map(({ name, description }) => [name, description]));
    showDescription();
  });
}

async function showDescription() {
  const name = collection();
  const [{ value: found }] = await Promise.allSettled([readDescription(name)]);
  if (name === collection()) setText($("description"), found?.description ?? "");
}

/** Returns { description }, or null if the collection does not exist. Only the first two hundred are listed. */
export async function readDescription(name) {
  if (listed.has(name)) return { description: listed.get(name) };
  if (!mayExist(name)) return null;
  return request(collectionPath(name)).catch((problem) => {
    if (problem.status !== 404) throw problem;
    return null;
  });
}
