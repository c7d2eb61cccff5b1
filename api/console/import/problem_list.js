// The files and lines that were not imported, each with its reason. Many of them are grouped by reason.

import { $, el, setChildren, setText } from "../lib/dom.js";
import { count, plural } from "../lib/format.js";
import { saveFile } from "../lib/save_file.js";

const MAX_UNGROUPED = 12;
const MAX_SHOWN = 200; // of a group, and of groups; the saved list has all
const KINDS = { failed: "failed", rejected: "rejected", skipped: "skipped" }; // and their words, the worst first

let shown = []; // { kind, place, reason }
let shownGroups = new Map(); // by kind and reason

export function startProblemList() {
  $("save-problems").addEventListener("click", save);
}

/** Show { failed, rejected, skipped }, each a list of { place, reason }, to which more may be added. */
export function showProblems(byKind) {
  const total = Object.keys(KINDS).reduce((sum, kind) => sum + byKind[kind].length, 0);
  $("problems-of-import").hidden = !total;
  if (total === shown.length) return;
  shown = Object.keys(KINDS).flatMap((kind) => byKind[kind].map(({ place, reason }) => ({ kind, place, reason })));
  setText($("problems-title"), titleOf(byKind));
  setChildren($("rejections"), total > MAX_UNGROUPED ? groups(shown) : shown.map(single));
}

/** The items of the list, for another one. */
export const takeProblems = () => [...$("rejections").children];

export function clearProblems() {
  shown = [];
  shownGroups = new Map();
  $("rejections").replaceChildren();
}

const titleOf = (byKind) => Object.entries(KINDS)
  .filter(([kind]) => byKind[kind].length)
  .map(([kind, word]) => `${count(byKind[kind].length)} ${word}`)
  .join(", ");

const single = ({ kind, place, reason }) => el("li", { "data-kind": kind }, el("strong", {}, place), `: ${reason}`);

/** A group that is shown already stays, so that it stays open. */
function groups(all) {
  const found = Map.groupBy(all, ({ kind, reason }) => `${kind}: ${reason}`);
  const items = [...found].slice(0, MAX_SHOWN).map(([key, members]) => {
    if (!shownGroups.has(key)) shownGroups.set(key, new Group(members[0]));
    return shownGroups.get(key).update(members);
  });
  if (found.size > MAX_SHOWN) items.push(el("li", {}, `and ${plural(found.size - MAX_SHOWN, "other reason")}`));
  return items;
}

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

/** A text with a line for each: what happened, where, and why. */
function save() {
  const lines = shown.map(({ kind, place, reason }) => [KINDS[kind], place, reason].map(inOneCell).join("\t"));
  saveFile([`${lines.join("\n")}\n`], "not-imported.tsv", "text/tab-separated-values");
}

const inOneCell = (text) => text.replace(/[\t\r\n]+/g, " ");
