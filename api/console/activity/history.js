// Charts of the last hours, from GET /v1/activity, which the page reads every minute while it is visible.

import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, setText } from "../lib/dom.js";
import { clock } from "../lib/format.js";
import * as urlState from "../lib/url_state.js";
import { Chart } from "./chart.js";
import { Cursor } from "./cursor.js";
import { startHistoryTable, updateHistoryTable } from "./history_table.js";
import { CHARTS, isGap } from "./series.js";

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
  const chosen = $("hours").querySelector(`[value="${Number(urlState.read("hours")) || 1}"]`);
  if (chosen) chosen.checked = true;
  $("hours").addEventListener("change", change);
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : read()));
  read();
}

const hours = () => Number($("hours").querySelector(":checked").value);

function change() {
  urlState.write({ hours: hours() === 1 ? "" : String(hours()) });
  shown = null;
  read();
}

async function read() {
  clearTimeout(timer);
  if (!may("stats")) return;
  reading?.abort();
  const mine = (reading = new AbortController());
  const chosen = hours();
  const answer = request("/v1/activity", { query: { hours: chosen }, signal: mine.signal });
  const [{ value: history, reason }] = await Promise.allSettled([answer]);
  if (mine !== reading) return;
  if (history) requestAnimationFrame(() => show(history, chosen));
  else setText($("history-state"), `${reason.message} ${shown ? `The charts end at ${clock(shown.until)}.` : ""}`);
  if (!document.hidden) timer = setTimeout(read, history ? INTERVAL_MS : RETRY_MS);
}

function show(history, chosen) {
  const shift = shown ? (Date.parse(history.since) - Date.parse(shown.since)) / (1000 * history.step_seconds) : Infinity;
  shown = history;
  for (const chart of charts) chart.draw(history, chosen);
  cursor.update(history.points.length, shift);
  updateHistoryTable(history);
  setText($("history-state"), history.points.every(isGap) ? "Nothing is recorded yet. The first figures come within two minutes." : "");
}
