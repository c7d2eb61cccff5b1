// Follows files that were sent until the server has read and embedded them.

import { filesPage, readFile } from "../lib/api.js";

const PAGE = 200;
const DELETED = "It was deleted.";

/** Set the state of each file of the map, by id, to "sent", "read", "ready" or "failed". Throws a Problem. */
export async function followFiles(files, collection, signal) {
  const known = [...files]; // those that are sent meanwhile may be missing in the lists
  const query = { collection, source: commonSource(known), limit: PAGE };
  // In the order of the states: a file that reaches the next one meanwhile is in both lists.
  const extracting = await listed({ ...query, status: "extracting" }, signal);
  const pending = await listed({ ...query, status: "pending" }, signal);
  const failed = await listed({ ...query, status: "failed" }, signal);
  for (const [id, file] of known) {
    const isListed = [extracting, pending, failed].some((list) => list.has(id));
    if (!isListed && file.state === "failed" && await isDeleted(file, { id, collection }, signal)) continue;
    file.state = extracting.has(id) ? "sent" : pending.has(id) ? "read" : failed.has(id) ? "failed" : "ready";
    const failure = failed.get(id);
    file.reason = failure?.message ?? null;
    file.isUnread = failure?.kind === "file"; // otherwise a document of it is not embedded
  }
}

/** Whether a file that had failed is gone. It stays failed, for another reason. */
async function isDeleted(file, ref, signal) {
  if (file.reason === DELETED) return true;
  try {
    await readFile(ref, signal);
    return false;
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    file.reason = DELETED;
    return true;
  }
}

/** The source of all files, if they have the same. */
function commonSource(known) {
  const sources = new Set(known.map(([, { source }]) => source));
  return sources.size === 1 ? [...sources][0] : null;
}

/** The errors of the files that a list has, by id. */
async function listed(query, signal) {
  const found = new Map();
  let cursor = null;
  do {
    const { items, next_cursor } = await filesPage({ ...query, cursor }, signal);
    for (const { id, error } of items) found.set(id, error);
    cursor = next_cursor;
  } while (cursor);
  return found;
}
