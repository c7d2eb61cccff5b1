// The imports of the last week, from all clients, with how far they are.

import { request } from "../lib/api.js";
import { $, setChildren, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { ImportRow } from "./import_row.js";
import { latestImport } from "./latest_import.js";
import { refreshing } from "./refreshing.js";

const PAGE = 10;
const MAX_SHOWN = 200; // the API lists no more at once
const ACTIVE = ["receiving", "embedding"];
const EMPTY = "Nothing was imported in the last seven days.";

const rows = new Map();
let limit = PAGE;

export function startImportList() {
  const { refresh, readNow } = refreshing(load);
  $("more-imports").addEventListener("click", () => { limit = Math.min(MAX_SHOWN, limit + PAGE); readNow(); });
  on("documents-changed", refresh);
}

async function load(signal) {
  const { items, next_cursor } = await request("/v1/imports", { query: { limit }, signal });
  const shown = items.map((each) => rows.get(each.id)?.update(each) ?? added(each));
  setChildren($("imports"), shown.map(({ element }) => element));
  const latest = latestImport();
  for (const row of shown) row.showOwn(row.found.id === latest?.id ? latest.name : "");
  setText($("imports-message"), items.length ? "" : EMPTY);
  $("more-imports").hidden = !next_cursor || limit >= MAX_SHOWN;
  return items.some(({ state }) => ACTIVE.includes(state));
}

function added(each) {
  const row = new ImportRow().update(each);
  rows.set(each.id, row);
  return row;
}
