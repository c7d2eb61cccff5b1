// How far an import is: what was sent, read and embedded, of how much, and how long the rest takes.
//
// Files and documents of lines are counted apart. The time left is about bytes: a long text takes longer than a short one.

import { Pace, slowest } from "./pace.js";

const STAGES = ["sent", "read", "ready"];
const LOST = ["failed", "deleted"];
const DONE = { sent: ["sent", "read", "ready", ...LOST], read: ["read", "ready", ...LOST], ready: ["ready", ...LOST] };

export class Figures {
  lines = { bytes: 0, accepted: 0, replaced: 0, unchanged: 0, rejected: 0, settled: { ready: 0, failed: 0, deleted: 0 } };
  files = new Map(); // those that the server has: { place, source, bytes, state, reason, isUnread, isUnchanged, isDeleted } by id
  sentFiles = 0; // of several with one id, the last one counts elsewhere
  unchangedFiles = 0;
  rejected; // { place, reason } of lines and files
  unsent = []; // those of the rejected that were found while sending, and not sent
  paces = Object.fromEntries(STAGES.map((stage) => [stage, { bytes: new Pace(), items: new Pace() }]));
  rejectedFiles = { count: 0, bytes: 0 };

  constructor(selection) {
    this.lineBytes = selection.lines.reduce((sum, { size }) => sum + size, 0);
    this.fileCount = selection.files.length;
    this.totalBytes = selection.bytes;
    this.skipped = selection.skipped;
    this.rejected = [...selection.refused];
    this.refusedCount = selection.refused.length;
    this.noun = nounOf(selection);
  }

  addBatch({ end, accepted, replaced, unchanged, rejections }) {
    const { lines } = this;
    lines.bytes = end;
    lines.accepted += accepted;
    lines.replaced += replaced;
    lines.unchanged += unchanged;
    lines.rejected += rejections.length;
    for (const each of rejections) this.#reject(each);
  }

  #reject({ place, reason, isSent }) {
    this.rejected.push({ place, reason });
    if (!isSent) this.unsent.push({ place, reason });
  }

  /** All lines are sent. The last ones may have been blank. */
  endLines() {
    this.lines.bytes = this.lineBytes;
  }

  /** A file that the server has read already is as it was. */
  addFile({ path: place, source, file }, { id, status }) {
    const isUnchanged = status !== "extracting";
    this.files.set(id, { place, source, bytes: file.size, state: isUnchanged ? "read" : "sent", reason: null, isUnread: false, isUnchanged, isDeleted: false });
    this.sentFiles += 1;
    this.unchangedFiles += isUnchanged;
  }

  rejectFile({ path: place, file }, reason, isSent) {
    this.#reject({ place, reason, isSent });
    this.rejectedFiles.count += 1;
    this.rejectedFiles.bytes += file.size;
  }

  /** Note what the server still owes. It counts lines and changed files together. What had failed and is deleted is deleted to it. */
  settleLines({ pending, failed, deleted }) {
    const { accepted } = this.lines;
    const changed = [...this.files.values()].filter(({ isUnchanged }) => !isUnchanged);
    const deletedFiles = changed.filter(({ isDeleted }) => isDeleted).length;
    const failedFiles = changed.filter(({ state, isDeleted }) => state === "failed" && !isDeleted).length;
    const waitingFiles = changed.filter(({ state }) => state === "sent" || state === "read").length;
    const left = Math.max(0, pending - waitingFiles);
    const failedLines = Math.max(0, failed - failedFiles);
    const deletedLines = Math.max(0, deleted - deletedFiles);
    this.lines.settled = { ready: Math.max(0, accepted - left - failedLines - deletedLines), failed: failedLines, deleted: deletedLines };
  }

  get accepted() {
    return this.lines.accepted + this.files.size - this.unchangedFiles;
  }

  get unchanged() {
    return this.lines.unchanged + this.unchangedFiles;
  }

  /** The files that the server could not read or embed. */
  get failed() {
    return [...this.files.values()].filter(({ state }) => state === "failed");
  }

  get failedCount() {
    return this.failed.length + this.lines.settled.failed;
  }

  /** The files that were deleted before they were ready. */
  get deletedFiles() {
    return this.#filesIn(["deleted"]).count;
  }

  get deletedCount() {
    return this.deletedFiles + this.lines.settled.deleted;
  }

  /** Whether the server knows of the import. */
  get isBegun() {
    return this.accepted + this.unchanged + this.rejected.length + this.skipped.length > 0;
  }

  /** Whether nothing was rejected or failed. */
  get isWhole() {
    return !this.rejected.length && !this.failedCount;
  }

  get isSettled() {
    const { accepted } = this.lines;
    return this.#settledLines >= accepted && this.#filesIn(DONE.ready).count === this.files.size;
  }

  get #settledLines() {
    const { ready, failed, deleted } = this.lines.settled;
    return ready + failed + deleted;
  }

  /** What a stage has done: { files, documents, bytes }. What failed or was deleted is no more to do. */
  stage(name) {
    const files = this.#filesIn(DONE[name]);
    return {
      files: files.count,
      documents: this.#documentsIn(name),
      bytes: files.bytes + this.rejectedFiles.bytes + this.lines.bytes * this.#shareOfLines(name),
    };
  }

  #filesIn(states) {
    const found = { count: 0, bytes: 0 };
    for (const { state, bytes } of this.files.values()) {
      if (!states.includes(state)) continue;
      found.count += 1;
      found.bytes += bytes;
    }
    return found;
  }

  /** Of documents that were the same already, it is known that they were sent, and not whether they are ready. */
  #documentsIn(stage) {
    const { accepted, unchanged } = this.lines;
    return stage === "ready" ? Math.min(accepted, this.#settledLines) : accepted + unchanged;
  }

  #shareOfLines(stage) {
    const { accepted, unchanged, rejected } = this.lines;
    const all = accepted + unchanged + rejected;
    const withoutWork = rejected + (stage === "ready" ? unchanged : 0);
    return all ? (this.#documentsIn(stage) + withoutWork) / all : 1;
  }

  /** Note how far the stages are at this time in seconds. What failed or was deleted was no work that says how long the rest takes. */
  note(now) {
    for (const name of STAGES) {
      const { files, documents, bytes } = this.stage(name);
      const lost = name === "sent" ? { count: 0, bytes: 0 } : this.#filesIn(LOST);
      this.paces[name].bytes.note(bytes - lost.bytes - this.#bytesWithoutWork(), now);
      this.paces[name].items.note(files + documents - lost.count, now);
    }
  }

  #bytesWithoutWork() {
    const { accepted, unchanged, rejected, bytes } = this.lines;
    const share = (rejected + unchanged) / Math.max(1, accepted + unchanged + rejected);
    return this.rejectedFiles.bytes + bytes * share;
  }

  get secondsLeft() {
    return slowest(STAGES.map((name) => this.paces[name].bytes.secondsLeft(this.totalBytes - this.stage(name).bytes)));
  }

  /** Files and documents that become ready in a second, or null. */
  get rate() {
    return this.paces.ready.items.rate;
  }
}

/** What an import counts. A folder that is refused counts as one item, as nobody knows its files. */
function nounOf({ lines, files, refused }) {
  if (!lines.length) return refused.some(({ place }) => place.endsWith("/")) ? "item" : "file";
  return files.length || refused.length ? "item" : "document";
}
