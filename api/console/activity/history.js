// Charts of the last hours, of the chosen collection or of all, from GET /v1/activity. The page reads it every minute
// while it is visible.

import { collection } from "../documents/collection.js";
import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { clock } from "../lib/format.js";
import * as urlState from "../lib/url_state.js";
import { Chart } from "./chart.js";
import { Cursor } from "./cursor.js";
import { startHistoryTable, updateHistoryTable } from "./history_table.js";
import { CHARTS, isGap } from "./series.js";
import { showTotals } from "./totals.js";

const INTERVAL_MS = 60_000;
const RETRY_MS = 5000;

const cursor = new Cursor();
const charts = CHARTS.map((definition) => new Chart(definition, cursor));

let timer = null;
let reading = null; // the request that is under way
let shown = null;

export function startHistory() {
  $("charts").append(...charts.map(({ element }) => element));
  startHistoryTable();
  showTotals(null);
  check($("hours"), String(Number(urlState.read("hours")) || 1));
  check($("history-of"), urlState.read("history") ?? "");
  for (const id of ["hours", "history-of"]) $(id).addEventListener("change", change);
  on("collection-selected", readOthers);
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : read()));
  read();
}

function check(choice, value) {
  const found = [...choice.querySelectorAll("input")].find((input) => input.value === value);
  if (found) found.checked = true;
}

const chosenIn = (id) => $(id).querySelector(":checked").value;
const hours = () => Number(chosenIn("hours"));

/** The collection that the charts show, or null for all: the key may not read the chosen one. */
const within = () => (chosenIn("history-of") === "all" || !may("documents.read", collection()) ? null : collection());

function change() {
  urlState.write({ hours: hours() === 1 ? "" : String(hours()), history: chosenIn("history-of") });
  readOthers();
}

function readOthers() {
  shown = null;
  read();
}

async function read() {
  clearTimeout(timer);
  if (!may("stats")) return;
  reading?.abort();
  const mine = (reading = new AbortController());
  const chosen = { hours: hours(), collection: within() };
  const answer = request("/v1/activity", { query: chosen, signal: mine.signal });
  const [{ value: history, reason }] = await Promise.allSettled([answer]);
  if (mine !== reading) return;
  if (history) requestAnimationFrame(() => show(history, chosen));
  else setText($("history-state"), `${reason.message} ${shown ? `The charts end at ${clock(shown.until)}.` : ""}`);
  if (!document.hidden) timer = setTimeout(read, history ? INTERVAL_MS : RETRY_MS);
}

function show(history, chosen) {
  const shift = shown ? (Date.parse(history.since) - Date.parse(shown.since)) / (1000 * history.step_seconds) : Infinity;
  shown = history;
  for (const chart of charts) chart.draw(history, chosen.hours);
  cursor.update(history.points.length, shift);
  showTotals(history.total);
  updateHistoryTable(history);
  setText($("history-scope"), scopeOf(chosen));
  setText($("history-state"), history.points.every(isGap) ? "Nothing is recorded yet. The first figures come within two minutes." : "");
}

function scopeOf({ hours: number, collection: name }) {
  const span = number === 1 ? "The last hour" : `The last ${number} hours`;
  return `${span} in ${name === null ? "all collections together" : `the collection ${name}`}.`;
}
