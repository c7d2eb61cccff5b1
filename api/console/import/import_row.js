// An import of the list: how far it is, and its details when it is opened.

import { ageOf, showAge } from "../lib/age.js";
import { el, setText } from "../lib/dom.js";
import { bytes, count, dateTime, duration, moment, plural } from "../lib/format.js";
import { ImportReasons } from "./import_reasons.js";
import { countsByKind, deletedOf, outcomeOfImport, searchableOf } from "./outcome.js";
import { Pace } from "./pace.js";

const STATES = { receiving: "being sent", embedding: "being embedded", done: "ready", stopped: "stopped" };
const STATUSES = { receiving: "pending", embedding: "pending", done: "ready", stopped: "failed" };

export class ImportRow {
  pace = new Pace();

  constructor() {
    this.name = el("span", { class: "name" });
    this.state = el("span", { class: "status" });
    this.own = el("span", { class: "import-own", hidden: true });
    this.problems = el("span");
    this.why = el("span", { class: "import-why", hidden: true }, this.problems, " · ", el("span", { class: "link" }, "See why"));
    this.summary = el("span");
    this.age = ageOf(0);
    this.progress = el("progress", { max: 1, "aria-label": "Ready", hidden: true });
    this.details = el("dl", { class: "import-details" });
    this.reasons = new ImportReasons();
    this.folded = el("details", { toggle: () => this.showReasons() },
      el("summary", {}, this.own, this.name, this.state, this.why,
        el("span", { class: "import-summary" }, this.summary, this.age)), this.reasons.element, this.details);
    this.element = el("li", { class: "import-row" }, this.folded, this.progress);
  }

  /** Show an import in the list of those `into` a collection, or of all if it is null. */
  update(found, into) {
    const { state, accepted, ready, failed, deleted } = found;
    this.found = found;
    this.pace.note(ready, performance.now() / 1000);
    this.element.dataset.status = statusOf(found);
    setText(this.name, found.collection === into ? moment(found.started_at) : `${targetOf(found)} · ${moment(found.started_at)}`);
    setText(this.state, stateOf(found));
    setText(this.summary, `${this.summaryOf(found)} · `);
    showAge(this.age, found.started_at);
    setText(this.problems, countsByKind(found));
    this.why.hidden = !this.problems.textContent;
    this.progress.hidden = STATUSES[state] !== "pending" || !accepted;
    this.progress.value = accepted ? (ready + failed + deleted) / accepted : 0;
    this.showDetails(rowsOf(found));
    this.showReasons();
    return this;
  }

  /** Say which import of this tab the row is, if it is one. */
  showOwn(text) {
    setText(this.own, text);
    this.own.hidden = !text;
  }

  showReasons() {
    if (this.folded.open) this.reasons.update(this.found);
  }

  summaryOf(found) {
    const { state, accepted, unchanged, pending, bytes: size } = found;
    const left = state === "embedding" ? this.pace.secondsLeft(pending) : null;
    return [
      state === "receiving" ? `${plural(accepted + unchanged, "item")} received so far` : searchableOf(outcomeOfImport(found), "item"),
      state !== "receiving" && pending && `${count(pending)} pending`,
      deletedOf(found),
      left && `about ${duration(Math.ceil(left)).replace(".0", "")} left`,
      size > 0 && `${bytes(size)} received`,
    ].filter(Boolean).join(" · ");
  }

  showDetails(found) {
    if (this.details.children.length !== found.length) {
      this.details.replaceChildren(...found.map(([name]) => el("div", {}, el("dt", {}, name), el("dd"))));
    }
    found.forEach(([, value], index) => setText(this.details.children[index].lastChild, value));
  }
}

/** The server knows no collection of an import that had nothing. */
const targetOf = ({ collection, accepted, unchanged }) =>
  collection ?? (accepted + unchanged ? "several collections" : "collection not known");

function statusOf(found) {
  const { state, accepted, unchanged, rejected, failed } = found;
  if (state !== "done") return STATUSES[state];
  if (isDeleted(found)) return "deleted";
  if (failed || (rejected && !accepted && !unchanged)) return "failed";
  return rejected ? "incomplete" : "ready";
}

function stateOf(found) {
  const { state, accepted, unchanged, rejected, ready, failed } = found;
  if (state !== "done") return STATES[state];
  if (isDeleted(found)) return "deleted";
  if ((failed || rejected) && ready + unchanged) return "incomplete";
  if (failed) return "failed";
  if (rejected) return "nothing imported";
  return accepted ? STATES.done : "nothing new";
}

/** Whether all that it brought was deleted before it was ready. */
const isDeleted = ({ accepted, unchanged, rejected, deleted }) => deleted > 0 && deleted === accepted && !unchanged && !rejected;

const rowsOf = ({ id, unchanged, rejected, skipped, ready, failed, deleted, pending, vectors_used: vectors, bytes: size, started_at, ended_at }) => [
  ["Ready", count(ready)],
  ["Unchanged", count(unchanged)],
  ["Pending", count(pending)],
  ["Failed", count(failed)],
  ["Deleted before it was ready", count(deleted)],
  ["Rejected", count(rejected)],
  ["Skipped", count(skipped)],
  ["Ready with the vectors that were sent", count(vectors)],
  ["Bytes received", bytes(size)],
  ["Began", dateTime(started_at)],
  ["Took", ended_at ? duration((Date.parse(ended_at) - Date.parse(started_at)) / 1000) : "not at its end"],
  ["Id", id],
];
