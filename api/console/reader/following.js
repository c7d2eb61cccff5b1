// Follows a document: reads it again when it may have changed, once at a time.

import { readDocument } from "../lib/api.js";
import { on } from "../lib/event_bus.js";
import * as losslessJson from "../lib/lossless_json.js";

const LIVE_MS = 20_000; // the event stream does not tell of an attempt that fails and is repeated

let followed = null; // the document as it was read last
let listeners = {};
let reading = null;
let isReadAgain = false;
let isLive = false; // the event stream
let readAt = 0;

/** `onread` is called with what was read, `ondeleted` if the document is gone. */
export function startFollowing({ onread, ondeleted }) {
  listeners = { onread, ondeleted };
  on("documents-changed", (changes) => apply(changes.findLast(isFollowed)));
  // A change is missed if the event stream is down when it happens.
  on("stream-state", (state) => { isLive = state === "live"; if (isLive) readPending(); });
  on("status", () => (!isLive || Date.now() - readAt > LIVE_MS) && readPending());
  on("changes-missed", readAgain);
  on("page-visible", readAgain);
}

const readPending = () => followed?.status === "pending" && readAgain();

export function follow(document) {
  followed = document;
}

const isFollowed = ({ id, collection }) => id === followed?.id && collection === followed.collection;

function apply(change) {
  if (change?.status === "deleted") remove();
  else if (change && (change.status !== followed.status || change.version > followed.version)) readAgain();
}

function remove() {
  followed = null;
  listeners.ondeleted();
}

/** Read the document: a change does not contain its error, times or text. */
export async function readAgain() {
  if (!followed) return;
  if (reading) {
    isReadAgain = true;
    return;
  }
  reading = followed;
  readAt = Date.now();
  isReadAgain = false;
  try {
    const found = await readDocument(reading, { parse: losslessJson.parse });
    if (isFollowed(found)) listeners.onread(found);
  } catch (problem) {
    if (problem.status === 404 && followed) remove(); // other failures are shown by the banner
  }
  reading = null;
  if (isReadAgain) readAgain();
}
