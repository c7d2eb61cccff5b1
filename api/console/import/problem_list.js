// The files and lines of the running import that were not imported.

import { $ } from "../lib/dom.js";
import { KINDS } from "./outcome.js";
import { ReasonList } from "./reason_list.js";

let list;

export function startProblemList() {
  list = new ReasonList($("rejections"));
  $("save-problems").addEventListener("click", () => list.save());
}

/** Show { failed, rejected, skipped }, each a list of { place, reason }, to which more may be added. */
export function showProblems(byKind) {
  const total = Object.keys(KINDS).reduce((sum, kind) => sum + byKind[kind].length, 0);
  $("problems-of-import").hidden = !total;
  if (total === list.shown.length) return;
  list.show(Object.keys(KINDS).flatMap((kind) => byKind[kind].map(({ place, reason }) => ({ kind, place, reason }))));
}

/** The items of the list, for another one. */
export const takeProblems = () => [...$("rejections").children];

export const clearProblems = () => list.clear();
