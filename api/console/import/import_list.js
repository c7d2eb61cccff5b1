// The imports of the last week, from all clients, with how far they are.

import { request } from "../lib/api.js";
import { $, setChildren, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { ImportRow } from "./import_row.js";
import { latestImport } from "./latest_import.js";
import { refreshing } from "./refreshing.js";

const PAGE = 10;
const FEW = 3; // shown at first on a narrow screen, where the files are below
const MAX_SHOWN = 200; // the API lists no more at once
const ACTIVE = ["receiving", "embedding"];
const EMPTY = "Nothing was imported in the last seven days.";

const rows = new Map();
let limit = matchMedia("(max-width: 64rem)").matches ? FEW : PAGE;

export function startImportList() {
  const { refresh, readNow } = refreshing(load);
  $("more-imports").addEventListener("click", () => { limit = Math.min(MAX_SHOWN, limit + PAGE); readNow(); });
  on("documents-changed", refresh);
}

async function load(signal) {
  const { items, next_cursor } = await request("/v1/imports", { query: { limit: Math.max(limit, PAGE) }, signal });
  const latest = latestImport();
  const shown = items.filter(({ id }, index) => index < limit || id === latest?.id)
    .map((each) => rows.get(each.id)?.update(each) ?? added(each));
  setChildren($("imports"), shown.map(({ element }) => element));
  for (const row of shown) row.showOwn(row.found.id === latest?.id ? latest.name : "");
  setText($("imports-message"), items.length ? "" : EMPTY);
  $("more-imports").hidden = (!next_cursor && shown.length === items.length) || limit >= MAX_SHOWN;
  return items.some(({ state }) => ACTIVE.includes(state));
}

function added(each) {
  const row = new ImportRow().update(each);
  rows.set(each.id, row);
  return row;
}
