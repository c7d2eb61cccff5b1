// Importing files: chosen or dropped, with what became of them, and a way to stop.

import { collection } from "./collection.js";
import { run } from "./course.js";
import { $, el, say } from "./dom.js";
import { count, duration, plural } from "./format.js";
import { on } from "./signals.js";
import { ACCEPTED } from "./sources.js";

const NEXT = "Found by words at once, by meaning as it becomes ready.";
const STAYS = "What was accepted stays; to import the rest, choose the same again.";

let current = null; // what aborts the import under way

export function startImport() {
  $("files").accept = ACCEPTED;
  $("import-toggle").addEventListener("click", () => show($("import").hidden));
  $("choose-files").addEventListener("click", () => $("files").click());
  $("files").addEventListener("change", chosen);
  $("cancel-import").addEventListener("click", () => current?.abort());
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(type, dragged);
  window.addEventListener("beforeunload", (event) => current && event.preventDefault());
  on("collection", showCollection);
  showCollection();
}

export function openImport() {
  show(true);
  $("import").scrollIntoView({ block: "center" });
  $("choose-files").focus();
}

function show(open) {
  $("import").hidden = !open;
  $("import-toggle").setAttribute("aria-expanded", String(open));
}

function showCollection() {
  if (current) return; // it goes on where it began
  say($("import-collection"), collection());
  say($("drop-collection"), collection());
}

function chosen() {
  const files = [...$("files").files];
  $("files").value = ""; // so that the same can be chosen again
  start(files);
}

function dragged(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault(); // else the browser leaves the page for the file
  const over = event.type === "dragenter" || event.type === "dragover";
  if (over) event.dataTransfer.dropEffect = "copy";
  if (over || event.type === "drop" || !event.relatedTarget) $("drop-here").hidden = !over;
  if (event.type === "drop") start([...event.dataTransfer.files]);
}

async function start(files) {
  if (!files.length) return;
  show(true);
  if (current) return announce("Another import is under way: wait for it, or cancel it.");
  const course = new Course(files, collection());
  current = course.control;
  await course.go();
  current = null;
  showCollection();
}

function announce(text) {
  say($("import-state"), text);
  say($("import-status"), text);
}

class Course {
  control = new AbortController();
  started = performance.now();
  done = { bytes: 0, accepted: 0, unchanged: 0, rejected: 0, reasons: [] };

  constructor(files, into) {
    this.files = files;
    this.into = into;
    this.total = files.reduce((sum, { size }) => sum + size, 0);
    this.name = files.length > 1 ? plural(files.length, "file") : files[0].name;
  }

  async go() {
    this.begin();
    const { signal } = this.control;
    try {
      const tell = (done) => { this.done = done; this.show(); };
      await run(this.files, { collection: this.into, signal, tell, wait: (reason) => this.wait(reason) });
      this.end(this.result());
    } catch (problem) {
      this.end(signal.aborted ? `Cancelled. ${STAYS}` : `${problem.message} ${STAYS}`);
    }
  }

  begin() {
    $("course").hidden = $("cancel-import").hidden = $("import-progress").hidden = false;
    announce(`Importing ${this.name} into ${this.into}`);
    this.show();
  }

  show() {
    $("import-progress").value = this.total ? this.done.bytes / this.total : 1;
    say($("import-state"), `Importing ${this.name} into ${this.into}`);
    say($("import-counts"), this.counts());
    $("rejections").replaceChildren(...this.rejections());
    $("rejections").hidden = !this.done.rejected;
  }

  wait(reason) {
    announce(`Waiting: ${reason} It goes on by itself.`);
  }

  end(sentence) {
    const wasFocused = document.activeElement === $("cancel-import");
    $("cancel-import").hidden = $("import-progress").hidden = true;
    if (wasFocused) $("choose-files").focus();
    say($("import-state"), sentence);
    say($("import-status"), `${sentence} ${this.counts()}`);
  }

  result() {
    const { accepted, unchanged } = this.done;
    const took = duration((performance.now() - this.started) / 1000);
    return accepted + unchanged ? `Imported ${this.name} in ${took}. ${NEXT}` : `Nothing of ${this.name} could be imported.`;
  }

  counts() {
    const { accepted, unchanged, rejected } = this.done;
    return `${count(accepted)} accepted, ${count(unchanged)} unchanged, ${count(rejected)} rejected`;
  }

  rejections() {
    const { reasons, rejected } = this.done;
    const more = rejected - reasons.length;
    const shown = reasons.map(({ place, error }) => el("li", {}, el("strong", {}, place), `: ${error}`));
    return more ? [...shown, el("li", {}, `and ${count(more)} more; make import keeps a list of them all`)] : shown;
  }
}
