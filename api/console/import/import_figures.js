// How far an import is: what was sent, read and embedded, of how much, and how long the rest takes.
//
// Files and documents of lines are counted apart. The time left is about bytes: a long text takes longer than a short one.

import { Pace, slowest } from "./pace.js";

const STAGES = ["sent", "read", "ready"];

export class Figures {
  lines = { bytes: 0, accepted: 0, replaced: 0, unchanged: 0, rejected: 0, settled: { ready: 0, failed: 0 } };
  files = new Map(); // those that the server has: { place, source, bytes, state, reason } by id
  unchangedFiles = 0;
  rejected; // { place, reason } of lines and files
  paces = Object.fromEntries(STAGES.map((stage) => [stage, { bytes: new Pace(), items: new Pace() }]));
  #rejectedFiles = { count: 0, bytes: 0 };

  constructor(selection) {
    this.lineBytes = selection.lines.reduce((sum, { size }) => sum + size, 0);
    this.fileCount = selection.files.length;
    this.totalBytes = selection.bytes;
    this.skipped = selection.skipped;
    this.rejected = [...selection.refused];
  }

  addBatch({ end, accepted, replaced, unchanged, rejections }) {
    const { lines } = this;
    lines.bytes = end;
    lines.accepted += accepted;
    lines.replaced += replaced;
    lines.unchanged += unchanged;
    lines.rejected += rejections.length;
    for (const each of rejections) this.rejected.push(each);
  }

  /** All lines are sent. The last ones may have been blank. */
  endLines() {
    this.lines.bytes = this.lineBytes;
  }

  /** A file that the server has read already is as it was. */
  addFile({ place, source, file }, { id, status }) {
    const isRead = status !== "extracting";
    this.files.set(id, { place, source, bytes: file.size, state: isRead ? "read" : "sent", reason: null });
    this.unchangedFiles += isRead;
  }

  rejectFile({ place, file }, reason) {
    this.rejected.push({ place, reason });
    this.#rejectedFiles.count += 1;
    this.#rejectedFiles.bytes += file.size;
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

  get isSettled() {
    const { accepted, settled } = this.lines;
    return settled.ready + settled.failed >= accepted && this.#filesIn("ready").count === this.files.size;
  }

  /** { files, fileTotal, documents, documentTotal, bytes } that a stage has done. A failure ends all stages. */
  stage(name) {
    const files = this.#filesIn(name);
    const { count, bytes } = this.#rejectedFiles;
    return {
      files: files.count,
      fileTotal: this.fileCount - count,
      documents: this.#documentsIn(name),
      documentTotal: this.lines.accepted + this.lines.unchanged,
      bytes: files.bytes + bytes + this.lines.bytes * this.#shareOfLines(name),
    };
  }

  #filesIn(stage) {
    const states = { sent: ["sent", "read", "ready", "failed"], read: ["read", "ready", "failed"], ready: ["ready", "failed"] }[stage];
    let count = 0;
    let bytes = 0;
    for (const file of this.files.values()) {
      if (!states.includes(file.state)) continue;
      count += 1;
      bytes += file.bytes;
    }
    return { count, bytes };
  }

  #documentsIn(stage) {
    const { accepted, unchanged, settled } = this.lines;
    return unchanged + (stage === "ready" ? Math.min(accepted, settled.ready + settled.failed) : accepted);
  }

  #shareOfLines(stage) {
    const { accepted, unchanged, rejected } = this.lines;
    const all = accepted + unchanged + rejected;
    return all ? (this.#documentsIn(stage) + rejected) / all : 1;
  }

  /** Note how far the stages are at this time in seconds. */
  note(now) {
    for (const name of STAGES) {
      const { files, documents, bytes } = this.stage(name);
      this.paces[name].bytes.note(bytes, now);
      this.paces[name].items.note(files + documents, now);
    }
  }

  get secondsLeft() {
    return slowest(STAGES.map((name) => this.paces[name].bytes.secondsLeft(this.totalBytes)));
  }

  /** Files and documents that become ready in a second, or null. */
  get rate() {
    return this.paces.ready.items.rate;
  }
}
