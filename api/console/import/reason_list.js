// A list of what was not imported, each with its reason. Many of them are grouped by reason.

import { el, setChildren, setText } from "../lib/dom.js";
import { count, plural } from "../lib/format.js";
import { saveFile } from "../lib/save_file.js";
import { KINDS } from "./outcome.js";

const MAX_UNGROUPED = 12;
const MAX_SHOWN = 200; // of a group, and of groups; the saved list has all

const COLUMNS = ["result", "file or line", "reason"];

export class ReasonList {
  shown = []; // { kind, place, reason }
  groups = new Map(); // by kind and reason

  constructor(element) {
    this.element = element;
  }

  show(reasons) {
    this.shown = reasons;
    setChildren(this.element, reasons.length > MAX_UNGROUPED ? this.#grouped() : reasons.map(single));
  }

  clear() {
    this.shown = [];
    this.groups = new Map();
    this.element.replaceChildren();
  }

  /** A group that is shown already stays, so that it stays open. */
  #grouped() {
    const found = Map.groupBy(this.shown, ({ kind, reason }) => `${kind}: ${reason}`);
    const items = [...found].slice(0, MAX_SHOWN).map(([key, members]) => {
      if (!this.groups.has(key)) this.groups.set(key, new Group(members[0]));
      return this.groups.get(key).update(members);
    });
    if (found.size > MAX_SHOWN) items.push(el("li", {}, `and ${plural(found.size - MAX_SHOWN, "other reason")}`));
    return items;
  }

  /** Save a table: what happened, to what, and why. */
  save() {
    const rows = this.shown.map(({ kind, place, reason }) => [KINDS[kind], place, reason]);
    const lines = [COLUMNS, ...rows].map((cells) => cells.map(inOneCell).join("\t"));
    saveFile([`${lines.join("\n")}\n`], "not-imported.tsv", "text/tab-separated-values");
  }
}

const single = ({ kind, place, reason }) =>
  el("li", { "data-kind": kind }, `${KINDS[kind]} `, el("strong", {}, place), `: ${reason}`);

class Group {
  constructor({ kind, reason }) {
    this.kind = kind;
    this.size = el("strong");
    this.places = el("ul");
    this.details = el("details", { toggle: () => this.showPlaces() }, el("summary", {}, this.size, `: ${reason}`), this.places);
    this.element = el("li", { "data-kind": kind }, this.details);
  }

  update(members) {
    this.members = members;
    setText(this.size, `${count(members.length)} ${KINDS[this.kind]}`);
    this.showPlaces();
    return this.element;
  }

  /** The places are made when the group is open. */
  showPlaces() {
    if (this.details.open) this.places.replaceChildren(...placesOf(this.members));
  }
}

function placesOf(members) {
  const items = members.slice(0, MAX_SHOWN).map(({ place }) => el("li", {}, place));
  if (members.length > MAX_SHOWN) items.push(el("li", {}, `and ${count(members.length - MAX_SHOWN)} more`));
  return items;
}

const inOneCell = (text) => text.replace(/[\t\r\n]+/g, " ");
