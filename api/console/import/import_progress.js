// Runs one import and shows its progress and its rejected documents.

import { $, el, setText } from "../lib/dom.js";
import { count, duration, plural } from "../lib/format.js";
import { runImport } from "./import_run.js";

const SEARCHABLE = "The documents are searchable by words now, and by meaning when they are ready.";
const ACCEPTED_KEPT = "Accepted documents are kept. To import the rest, choose the same files again.";

/** Show a text and announce it to screen readers. */
export function announce(text) {
  setText($("import-state"), text);
  setText($("import-announcement"), text);
}

export class ImportProgress {
  control = new AbortController();
  started = performance.now();
  totals = { bytes: 0, accepted: 0, replaced: 0, unchanged: 0, rejected: 0, rejections: [] };

  constructor(files, collection) {
    this.files = files;
    this.collection = collection;
    this.totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    this.name = files.length > 1 ? plural(files.length, "file") : files[0].name;
  }

  async run() {
    this.begin();
    const { signal } = this.control;
    try {
      await runImport(this.files, {
        collection: this.collection,
        signal,
        onprogress: (totals) => { this.totals = totals; this.show(); },
        onwait: (reason) => announce(`Waiting: ${reason} The import continues automatically.`),
      });
      this.end(this.result());
    } catch (problem) {
      this.end(`${signal.aborted ? "Cancelled." : problem.message} ${ACCEPTED_KEPT}`);
    }
  }

  begin() {
    $("import-run").hidden = $("cancel-import").hidden = $("import-progress").hidden = false;
    announce(this.runningText());
    this.show();
  }

  show() {
    $("import-progress").value = this.totalBytes ? this.totals.bytes / this.totalBytes : 1;
    setText($("import-state"), this.runningText());
    setText($("import-counts"), this.countsText());
    $("rejections").replaceChildren(...this.rejectionItems());
    $("rejections").hidden = !this.totals.rejected;
  }

  waitForKey() {
    announce(`Waiting for you to sign in. Stored so far: ${this.countsText()}. Then the import continues.`);
  }

  end(text) {
    const wasFocused = document.activeElement === $("cancel-import");
    $("cancel-import").hidden = $("import-progress").hidden = true;
    if (wasFocused) $("choose-files").focus();
    setText($("import-state"), text);
    setText($("import-announcement"), `${text} ${this.countsText()}`);
  }

  result() {
    const { accepted, unchanged } = this.totals;
    const took = duration((performance.now() - this.started) / 1000);
    return accepted + unchanged ? `Imported ${this.name} in ${took}. ${SEARCHABLE}` : `No document of ${this.name} could be imported.`;
  }

  runningText() {
    return `Importing ${this.name} into ${this.collection}`;
  }

  countsText() {
    const { accepted, replaced, unchanged, rejected } = this.totals;
    const old = replaced ? ` (${count(replaced)} replaced an earlier document with the same id)` : "";
    return `${count(accepted)} accepted${old}, ${count(unchanged)} unchanged, ${count(rejected)} rejected`;
  }

  rejectionItems() {
    const { rejections, rejected } = this.totals;
    const more = rejected - rejections.length;
    const items = rejections.map(({ location, reason }) => el("li", {}, el("strong", {}, location), `: ${reason}`));
    if (more) items.push(el("li", {}, `and ${count(more)} more. make import writes a list of all of them to .inkdex/imports.`));
    return items;
  }
}
