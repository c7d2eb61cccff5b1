// Sends the documents of files to the API, one batch after the other.

import { importLines } from "../lib/api.js";
import { fileDocuments } from "./file_documents.js";

const BATCH_DOCUMENTS = 1000;
const BATCH_BYTES = 4 * 1024 * 1024;
const RETRY_SECONDS = 2;
const MAX_REJECTIONS_KEPT = 20;
const EMPTY_REPORT = { accepted: 0, replaced: 0, unchanged: 0, rejected: [] };
const RETRIABLE = [0, 429, 502, 503, 504]; // the API is unreachable or busy

/** Import files. `onprogress` receives the totals so far, `onwait` the reason for a wait. Throws a Problem. */
export async function runImport(files, { collection, signal, onprogress, onwait }) {
  const totals = { bytes: 0, accepted: 0, replaced: 0, unchanged: 0, rejected: 0, rejections: [] };
  for await (const batch of batches(fileDocuments(files))) {
    signal.throwIfAborted();
    const sent = batch.filter(({ problem }) => !problem);
    const report = sent.length ? await send(sent, { collection, signal, onwait }) : EMPTY_REPORT;
    addReport(totals, batch, sent, report);
    onprogress(totals);
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

async function send(sent, { collection, signal, onwait }) {
  const lines = sent.map(({ line }) => line);
  for (;;) {
    try {
      return await importLines(lines, collection, signal);
    } catch (problem) {
      if (!RETRIABLE.includes(problem.status)) throw problem;
      onwait(problem.message);
      await wait(problem.retryAfter ?? RETRY_SECONDS, signal);
    }
  }
}

function addReport(totals, batch, sent, { accepted, replaced, unchanged, rejected }) {
  const reasons = new Map(rejected.map(({ line, error }) => [sent[line - 1], withoutPosition(error)]));
  const rejections = batch
    .map((item) => ({ location: item.location, reason: item.problem ?? reasons.get(item) }))
    .filter(({ reason }) => reason);
  totals.bytes = batch.at(-1).end;
  totals.accepted += accepted;
  totals.replaced += replaced;
  totals.unchanged += unchanged;
  totals.rejected += rejections.length;
  totals.rejections.push(...rejections.slice(0, MAX_REJECTIONS_KEPT - totals.rejections.length));
}

/** Remove the API's line number, which counts within a document. The location names the line in the file. */
const withoutPosition = (error) => error.replace(/^line: /, "").replace(/ at line 1 column (\d+)$/, " at column $1");

function wait(seconds, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", abort, { once: true });
  });
}
