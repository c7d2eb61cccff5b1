// Sends documents of JSON lines to the API, one batch after the other, as one import.

import { importLines } from "../lib/api.js";
import { lineDocuments } from "./json_lines.js";
import { patiently } from "./patience.js";

const BATCH_DOCUMENTS = 1000;
const BATCH_BYTES = 4 * 1024 * 1024;
const EMPTY_REPORT = { accepted: 0, replaced: 0, unchanged: 0, rejected: [] };

/** Send the lines of files. `onbatch` receives the report of each batch. Throws a Problem. */
export async function sendLines(files, { id, collection, signal, onwait, onbatch }) {
  for await (const batch of batches(lineDocuments(files))) {
    signal.throwIfAborted();
    const sent = batch.filter(({ problem }) => !problem);
    const lines = sent.map(({ line }) => line);
    const send = () => importLines(lines, { collection, id, signal });
    onbatch(outcomeOf(batch, sent, sent.length ? await patiently(send, { signal, onwait }) : EMPTY_REPORT));
  }
}

async function* batches(documents) {
  let batch = [];
  let size = 0;
  for await (const item of documents) {
    const { bytes = 0 } = item;
    if (batch.length && (batch.length >= BATCH_DOCUMENTS || size + bytes > BATCH_BYTES)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(item);
    size += bytes;
  }
  if (batch.length) yield batch;
}

function outcomeOf(batch, sent, { accepted, replaced, unchanged, rejected }) {
  const reasons = new Map(rejected.map(({ line, error }) => [sent[line - 1], reasonOfLine(error)]));
  const rejections = batch
    .map((item) => ({ place: item.location, reason: item.problem ?? reasons.get(item), isSent: !item.problem }))
    .filter(({ reason }) => reason);
  return { end: batch.at(-1).end, accepted, replaced, unchanged, rejections };
}

/** The reason without the API's line number, which counts within a document. */
export const reasonOfLine = (error) => error.replace(/^line: /, "").replace(/ at line 1, column (\d+): /, " at column $1: ");
