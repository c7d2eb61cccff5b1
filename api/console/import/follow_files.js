// Follows files that were sent until the server has read and embedded them.

import { filesPage, readFile } from "../lib/api.js";

const PAGE = 200;
const DELETED = "It was deleted.";

/** The files of the map, by id, and the lists that the server has of them. Throws a Problem. */
export async function listFiles(files, collection, signal) {
  const known = [...files]; // those that are sent meanwhile may be missing in the lists
  const query = { collection, source: commonSource(known), limit: PAGE };
  // In the order of the states: a file that reaches the next one meanwhile is in both lists.
  const extracting = await listed({ ...query, status: "extracting" }, signal);
  const pending = await listed({ ...query, status: "pending" }, signal);
  const failed = await listed({ ...query, status: "failed" }, signal);
  return { known, collection, extracting, pending, failed };
}

/**
 * Set the state of each listed file to "sent", "read", "ready", "failed" or "deleted". `deleted` counts what of the import was
 * deleted before it was ready. Throws a Problem.
 */
export async function settleFiles({ known, collection, extracting, pending, failed }, deleted, signal) {
  for (const [id, file] of known) {
    const isListed = [extracting, pending, failed].some((list) => list.has(id));
    if (!isListed && mayBeDeleted(file, deleted) && await isGone(file, { id, collection }, signal)) {
      settleDeleted(file);
      continue;
    }
    file.state = extracting.has(id) ? "sent" : pending.has(id) ? "read" : failed.has(id) ? "failed" : "ready";
    const failure = failed.get(id);
    file.reason = failure?.message ?? null;
    file.isUnread = failure?.kind === "file"; // otherwise a document of it is not embedded
  }
}

/** Whether a file that no list has may not be ready. */
const mayBeDeleted = ({ state, isUnchanged }, deleted) => state === "failed" || (state !== "ready" && !isUnchanged && deleted > 0);

async function isGone(file, ref, signal) {
  if (file.isDeleted) return true;
  try {
    await readFile(ref, signal);
    return false;
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    return true;
  }
}

/** A file that had failed stays failed, for another reason. */
function settleDeleted(file) {
  file.isDeleted = true;
  if (file.state === "failed") file.reason = DELETED;
  else file.state = "deleted";
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
