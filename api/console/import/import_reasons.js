// Why something of an import was rejected or failed, as the server keeps it. It is read when it is shown.

import { request } from "../lib/api.js";
import { el, setText } from "../lib/dom.js";
import { count, plural } from "../lib/format.js";
import { ReasonList } from "./reason_list.js";

const KEPT = 1000; // the server keeps no more of an import

export class ImportReasons {
  #known = ""; // the counts that the list belongs to

  constructor() {
    const rows = el("ol", { class: "rejections", tabindex: "0", "aria-label": "Why it was not imported" });
    this.list = new ReasonList(rows);
    this.title = el("p", { class: "note", role: "status" });
    this.save = el("button", { class: "secondary", type: "button", hidden: true, click: () => this.list.save() }, "Save the list");
    this.element = el("div", { class: "import-reasons", hidden: true },
      el("div", { class: "section-heading" }, this.title, this.save), rows);
  }

  /** Show the reasons of an import, unless they are those that are shown. */
  async update({ id, rejected, failed }) {
    this.element.hidden = !rejected && !failed;
    const counts = `${rejected} ${failed}`;
    if (counts === this.#known || this.element.hidden) return;
    this.#known = counts;
    try {
      await this.#read(id);
    } catch (problem) {
      this.#known = "";
      setText(this.title, `The reasons cannot be read. ${problem.message}`);
    }
  }

  async #read(id) {
    const query = { limit: KEPT };
    const [failures, rejections] = await Promise.all(
      ["failed", "rejected"].map((kind) => request(`/v1/imports/${id}/${kind}`, { query })),
    );
    this.list.show([...failures.items.map(failureOf), ...rejections.items.map(rejectionOf)]);
    this.save.hidden = !this.list.shown.length;
    setText(this.title, titleOf(failures, rejections));
  }
}

const failureOf = ({ id, error }) => ({ kind: "failed", place: id, reason: error.message });

const rejectionOf = ({ request: number, line, id, error }) =>
  ({ kind: "rejected", place: placeOf(number, line, id), reason: error.replace(/^line: /, "") });

/** Each request counts its lines anew. */
function placeOf(number, line, id) {
  if (line === null) return id ?? "A file";
  return [`Line ${count(line)} of request ${count(number)}`, id].filter(Boolean).join(", ");
}

function titleOf(failures, rejections) {
  const { total, items } = rejections;
  return [
    failures.items.length && `${failures.complete ? "" : "The first "}${count(failures.items.length)} failed`,
    total && (total > items.length ? `the first ${count(items.length)} of ${count(total)} rejected` : `${plural(total, "rejection")}`),
  ].filter(Boolean).join(", ");
}
