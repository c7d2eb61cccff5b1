// An import's course: batches that fit into one request each, sent one after the other.

import { importLines } from "./api.js";
import { items } from "./sources.js";

const BATCH_DOCUMENTS = 1000;
const BATCH_BYTES = 4 * 1024 * 1024;
const PAUSE_SECONDS = 2;
const REASONS_KEPT = 20;
const NOTHING = { accepted: 0, unchanged: 0, rejected: [] };
const PASSING = [0, 429, 502, 503, 504]; // away, or busy

/** Send the documents of files; `tell` hears how far it came, `wait` why nothing moves. */
export async function run(files, { collection, signal, tell, wait }) {
  const done = { bytes: 0, accepted: 0, unchanged: 0, rejected: 0, reasons: [] };
  for await (const batch of batches(items(files))) {
    signal.throwIfAborted();
    const sent = batch.filter(({ problem }) => !problem);
    const report = sent.length ? await send(sent, { collection, signal, wait }) : NOTHING;
    note(done, batch, sent, report);
    tell(done);
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

async function send(sent, { collection, signal, wait }) {
  const lines = sent.map(({ line }) => line);
  for (;;) {
    try {
      return await importLines(lines, collection, signal);
    } catch (problem) {
      if (!PASSING.includes(problem.status)) throw problem;
      wait(problem.message);
      await pause(problem.retryAfter ?? PAUSE_SECONDS, signal);
    }
  }
}

function note(done, batch, sent, { accepted, unchanged, rejected }) {
  const errors = new Map(rejected.map(({ line, error }) => [sent[line - 1], reason(error)]));
  const reasons = batch
    .map((item) => ({ place: item.place, error: item.problem ?? errors.get(item) }))
    .filter(({ error }) => error);
  done.bytes = batch.at(-1).end;
  done.accepted += accepted;
  done.unchanged += unchanged;
  done.rejected += reasons.length;
  done.reasons.push(...reasons.slice(0, REASONS_KEPT - done.reasons.length));
}

/** The API counts lines from where a document begins; here they are the file's. */
const reason = (error) => error.replace(/^line: /, "").replace(/ at line 1 column (\d+)$/, " at column $1");

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", stop, { once: true });
  });
}
