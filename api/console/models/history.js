// Lists the migrations of the selected collection that have ended.

import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { count, dateTime, duration, plural } from "../lib/format.js";
import { changesOf, isRunning, stateOf } from "./words.js";

let shown = "";

export function startHistory() {
  on("migrations-read", (items) => show(items?.filter((migration) => !isRunning(migration))));
}

function show(ended) {
  setText($("history-note"), ended?.length === 0 ? "None yet." : "");
  const state = JSON.stringify(ended ?? []);
  if (state === shown) return;
  shown = state;
  $("history").replaceChildren(...(ended ?? []).map(row));
}

function row(migration) {
  const { label, mark } = stateOf(migration);
  return el("li", { class: "ended", "data-status": mark },
    el("p", { class: "name" }, `${migration.from.name} → ${migration.to.name}`),
    el("p", { class: "details-line" },
      el("span", { class: "status" }, label),
      migration.ended_at && el("time", { datetime: migration.ended_at }, dateTime(migration.ended_at)),
      el("span", {}, embeddedIn(migration))),
    el("p", { class: "note" }, changesOf(migration).join("; ")));
}

function embeddedIn({ progress, created_at: started, filled_at: filled }) {
  if (!filled) return progress.total ? `${count(progress.embedded)} of ${plural(progress.total, "document")} embedded` : "";
  const seconds = (Date.parse(filled) - Date.parse(started)) / 1000;
  return `${plural(progress.embedded ?? 0, "document")} embedded in ${duration(seconds)}`;
}
