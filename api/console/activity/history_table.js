// The charts' figures as a table, for those who read rather than see. It is made when it is opened.

import { $, el, setChildren } from "../lib/dom.js";
import { clock } from "../lib/format.js";
import { CHARTS, isGap, perStep } from "./series.js";

const ROWS_AT_A_TIME = 40; // so that no frame takes long

let points = [];
let step = 60;
let rows = new Map(); // by the point that they show
let body = null;

export function startHistoryTable() {
  $("history-table").addEventListener("toggle", show);
}

/** Show another history; the newest first. */
export function updateHistoryTable(history) {
  points = history.points.toReversed();
  if (step !== history.step_seconds) body = null;
  step = history.step_seconds;
  show();
}

function show() {
  if (!$("history-table").open || !points.length) return;
  if (!body) build();
  addRows(points, 0);
}

function build() {
  rows = new Map();
  body = el("tbody");
  const titles = columns().map(({ title, name }) => el("th", { scope: "col" }, el("small", {}, title), name));
  const head = el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Time"), ...titles));
  $("history-table").querySelector(".table-frame").replaceChildren(
    el("table", {}, el("caption", {}, `Figures ${perStep(step)}, each beginning at the time in its row.`), head, body));
}

const columns = () => CHARTS.flatMap(({ title, panels }) => panels("").flatMap(({ series }) => series.map((each) => ({ title, ...each }))));

/** Add so many rows in each frame. Rows whose point has not changed are kept. */
function addRows(wanted, done) {
  if (wanted !== points) return;
  const next = Math.min(wanted.length, done + ROWS_AT_A_TIME);
  const shown = columns();
  for (const point of wanted.slice(done, next)) {
    const key = JSON.stringify(point);
    if (!rows.has(key)) rows.set(key, row(point, shown));
  }
  setChildren(body, wanted.slice(0, next).map((point) => rows.get(JSON.stringify(point))));
  if (next < wanted.length) return requestAnimationFrame(() => addRows(wanted, next));
  rows = new Map(wanted.map((point) => [JSON.stringify(point), rows.get(JSON.stringify(point))]));
}

function row(point, shown) {
  const cells = isGap(point)
    ? [el("td", { colspan: shown.length }, "not recorded")]
    : shown.map(({ value, format }) => el("td", {}, format(value(point))));
  return el("tr", {}, el("th", { scope: "row" }, clock(point.time)), ...cells);
}
