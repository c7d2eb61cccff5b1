// Sends files to the API, which reads them. Each has a request of its own, because each has its own id and path.

import { Problem, uploadFile } from "../lib/api.js";
import { patiently } from "./patience.js";

const PARALLEL = 3; // a browser opens six connections to a server, and the page needs some
const OF_THE_FILE = [400, 409, 413, 415, 422];
const OF_THE_API = "urn:inkdex:"; // begins the type of its problems; it keeps such a refusal with the import
const UNREADABLE = "cannot be read: it is protected, or it was moved or changed after you chose it";

/** Send files. `onsent` receives each with the answer, `onrejected` with the reason and whether the API keeps it. Throws a Problem. */
export async function sendFiles(items, options) {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const queue = items.values(); // shared
  try {
    await Promise.all(Array.from({ length: PARALLEL }, () => sendEach(queue, { ...options, signal })));
  } catch (problem) {
    stop.abort();
    throw problem;
  }
}

async function sendEach(queue, options) {
  for (const item of queue) {
    options.signal.throwIfAborted();
    await sendOne(item, options);
  }
}

async function sendOne(item, { onsent, onrejected, ...options }) {
  try {
    const { items, rejected } = await patiently(() => upload(item, options), options);
    if (rejected.length) onrejected(item, rejected[0].error.message, true);
    else onsent(item, items[0]);
  } catch (problem) {
    if (!isOfTheFile(problem)) throw problem;
    onrejected(item, problem.message, problem.type.startsWith(OF_THE_API));
  }
}

const isOfTheFile = ({ status, type }) =>
  OF_THE_FILE.includes(status) || (status === 403 && type.endsWith(":quota-exceeded"));

/** A file that cannot be read looks as if the API could not be reached. */
async function upload(item, { id, collection, replacesOthers, signal }) {
  try {
    return await uploadFile(formOf(item), { id, collection, replace: replacesOthers ? "all" : "same_source", signal });
  } catch (problem) {
    if (problem.status === 0 && !(await isReadable(item.file))) throw new Problem(422, UNREADABLE);
    throw problem;
  }
}

function formOf({ path, source, file }) {
  const form = new FormData();
  form.append("id", path);
  form.append("metadata", JSON.stringify({ path }));
  if (source) form.append("source", source);
  form.append("file", file, path);
  return form;
}

async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
