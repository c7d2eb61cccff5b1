// Lists what of an import failed, was rejected or was skipped, with the reasons that the server keeps.

import { request } from "../lib/api.js";
import { el, setText } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { countsByKind } from "./outcome.js";
import { ReasonList } from "./reason_list.js";
import { reasonOfLine } from "./send_lines.js";

const KEPT = 1000; // reasons of each kind that the server keeps of an import

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
    const listed = (list, query) => request(`/v1/imports/${id}/${list}`, { query: { limit: KEPT, ...query } });
    const [failures, rejections, skipped] = await Promise.all([listed("failed"), listed("rejected"), listed("rejected", { skipped: true })]);
    this.list.show([
      ...failures.items.map(failureOf),
      ...rejections.items.map((each) => rejectionOf(each, "rejected")),
      ...skipped.items.map((each) => rejectionOf(each, "skipped")),
    ]);
    this.save.hidden = !this.list.shown.length;
    setText(this.title, `${counts}${isListed(failures, rejections, skipped) ? "" : `. Only the first ${count(this.list.shown.length)} are listed.`}`);
  }
}

const failureOf = ({ id, error }) => ({ kind: "failed", place: id, reason: error.message });

const rejectionOf = ({ request: number, line, id, error }, kind) =>
  ({ kind, place: placeOf(number, line, id), reason: reasonOfLine(error) });

/** The number of a line counts from the start of its request. */
function placeOf(number, line, id) {
  if (line === null) return id ?? "A file";
  return [`Line ${count(line)} of request ${count(number)}`, id].filter(Boolean).join(", ");
}

const isListed = (failures, ...lists) => failures.complete && lists.every(({ items, total }) => items.length === total);
