// Lists what of an import failed, was rejected or was skipped, with the reasons that the server keeps.

import { request } from "../lib/api.js";
import { el, setText } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { ReasonList, countsByKind } from "./reason_list.js";
import { reasonOfLine } from "./send_lines.js";

const KEPT = 1000; // reasons that the server keeps of an import

export class ImportReasons {
  #known = ""; // the counts when the list was read

  constructor() {
    const rows = el("ol", { class: "rejections", tabindex: "0", "aria-label": "Why it was not imported" });
    this.list = new ReasonList(rows);
    this.title = el("p", { class: "note", role: "status" });
    this.save = el("button", { class: "secondary", type: "button", hidden: true, click: () => this.list.save() }, "Save the list");
    this.element = el("div", { class: "import-reasons", hidden: true },
      el("div", { class: "section-heading" }, this.title, this.save), rows);
  }

  /** Show the reasons of an import. They are read again only if its counts have changed. */
  async update(found) {
    const counts = countsByKind(found);
    this.element.hidden = !counts;
    if (counts === this.#known || this.element.hidden) return;
    this.#known = counts;
    try {
      await this.#read(found.id, counts);
    } catch (problem) {
      this.#known = "";
      setText(this.title, `The reasons cannot be read. ${problem.message}`);
    }
  }

  async #read(id, counts) {
    const query = { limit: KEPT };
    const [failures, rejections] = await Promise.all(
      ["failed", "rejected"].map((kind) => request(`/v1/imports/${id}/${kind}`, { query })),
    );
    const [skipped, rejected] = [true, false].map((isSkipped) => rejections.items.filter((each) => each.skipped === isSkipped));
    this.list.show([...failures.items.map(failureOf), ...[...rejected, ...skipped].map(rejectionOf)]);
    this.save.hidden = !this.list.shown.length;
    setText(this.title, `${counts}${isListed(failures, rejections) ? "" : `. Only the first ${count(this.list.shown.length)} are listed.`}`);
  }
}

const failureOf = ({ id, error }) => ({ kind: "failed", place: id, reason: error.message });

const rejectionOf = ({ request: number, line, id, error, skipped }) =>
  ({ kind: skipped ? "skipped" : "rejected", place: placeOf(number, line, id), reason: reasonOfLine(error) });

/** The number of a line counts from the start of its request. */
function placeOf(number, line, id) {
  if (line === null) return id ?? "A file";
  return [`Line ${count(line)} of request ${count(number)}`, id].filter(Boolean).join(", ");
}

const isListed = (failures, rejections) => failures.complete && rejections.items.length === rejections.total;
