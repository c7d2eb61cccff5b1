// One import: it sends files, and then follows them until they are ready.

import { endImport, request } from "../lib/api.js";
import { listFiles, settleFiles } from "./follow_files.js";
import { wait } from "./patience.js";
import { Figures } from "./import_figures.js";
import { sendFiles } from "./send_files.js";
import { sendLines } from "./send_lines.js";
import { tellSkipped } from "./tell_skipped.js";

const FIRST_SECONDS = 0.25; // while nothing is sent that is not ready
const FOLLOW_SECONDS = 1;
const PAUSE_FACTOR = 4; // the pause after a look is four times as long as the look

export class RunningImport {
  control = new AbortController();
  id = newId();
  isSending = true;

  /** `onsent` is called when something was sent, `onlook` when the server was asked, `onwait` with the reason for a wait. */
  constructor(selection, { collection, replacesOthers, onsent, onlook, onwait }) {
    this.selection = selection;
    this.collection = collection;
    this.replacesOthers = replacesOthers;
    this.onsent = onsent;
    this.onlook = onlook;
    this.onwait = onwait;
    this.figures = new Figures(selection);
  }

  /** Send everything. Returns when it is sent. Throws a Problem. */
  async send() {
    this.settled = this.#follow(); // resolves when everything is ready or failed, or at an end before
    try {
      await this.#sendAll();
    } catch (problem) {
      this.control.abort();
      throw problem;
    } finally {
      this.isSending = false;
    }
  }

  async #sendAll() {
    const { figures, selection } = this;
    const { signal } = this.control;
    const options = { id: this.id, collection: this.collection, replacesOthers: this.replacesOthers, signal, onwait: this.onwait };
    const noting = (note) => (...what) => { note(...what); this.onsent(); };
    await sendLines(selection.lines, { ...options, onbatch: noting((outcome) => figures.addBatch(outcome)) });
    figures.endLines();
    await sendFiles(selection.files, {
      ...options,
      onsent: noting((item, file) => figures.addFile(item, file)),
      onrejected: noting((item, reason, isSent) => figures.rejectFile(item, reason, isSent)),
    });
    await tellSkipped({ skipped: selection.skipped, rejected: [...selection.refused, ...figures.unsent] }, options);
    if (figures.isBegun) await endImport(this.id, signal).catch(() => {}); // without that, it ends some seconds later
  }

  /** Look again and again until all is sent and ready. A look that fails is not the last one. */
  async #follow() {
    const { signal } = this.control;
    while (this.isSending || !this.figures.isSettled) {
      const before = performance.now();
      await this.#look(signal).catch(() => {});
      if (signal.aborted) return;
      this.onlook();
      const took = (performance.now() - before) / 1000;
      const pause = this.figures.isSettled ? FIRST_SECONDS : Math.max(FOLLOW_SECONDS, PAUSE_FACTOR * took);
      await wait(pause, signal).catch(() => {});
      if (signal.aborted) return;
    }
  }

  async #look(signal) {
    const { figures } = this;
    const listed = figures.files.size ? await listFiles(figures.files, this.collection, signal) : null;
    // It is asked later, so that it counts what was deleted before the lists were read.
    const found = figures.accepted ? await request(`/v1/imports/${this.id}`, { signal }) : { deleted: 0 };
    if (listed) await settleFiles(listed, found.deleted, signal);
    if (figures.lines.accepted) figures.settleLines(found);
    figures.note(performance.now() / 1000);
  }
}

/** A UUID. Without TLS there is no `crypto.randomUUID`. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
