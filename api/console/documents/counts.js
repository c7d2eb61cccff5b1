// The numbers of documents of the selected collection, by status, beside the choice of a status.

import { Problem, collectionPath, request } from "../lib/api.js";
import { $, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { count } from "../lib/format.js";
import { collection, mayExist } from "./collection.js";

const STATUSES = ["total", "pending", "ready", "failed"];
const NONE = { total: 0, pending: 0, ready: 0, failed: 0 };

let counts = null; // null while they are not known, and for a token with a filter

export const currentCounts = () => counts;

export function startCounts() {
  on("collection-selected", () => show(null));
  on("collections-read", (items) => showFound(items.find(({ name }) => name === collection())?.documents));
}

/** Read the counts. `items` are all documents of the collection if there are so few; otherwise null. */
export async function readCounts(items) {
  const name = collection();
  const found = items ? countsOf(items) : await countsFromApi(name);
  if (name !== collection() || !found) return;
  show(found);
  emit("counts-read", { name, counts: found });
}

async function countsFromApi(name) {
  if (!mayExist(name)) return NONE;
  try {
    return (await request(collectionPath(name))).documents;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return problem.status === 404 ? NONE : null;
  }
}

function countsOf(items) {
  const found = { ...NONE, total: items.length };
  for (const { status } of items) found[status] += 1;
  return found;
}

const showFound = (found) => found && show(found);

function show(found) {
  counts = found;
  for (const status of STATUSES) setText($(`count-${status}`), found ? count(found[status]) : "");
}
