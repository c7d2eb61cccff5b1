// The imports of the last week, from all clients, with how far they are: those into the collection, or into all.

import { startCollectionChoice } from "../documents/collection_choice.js";
import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, setChildren, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { count } from "../lib/format.js";
import { ImportRow } from "./import_row.js";
import { refreshing } from "./refreshing.js";
import { sentImports } from "./sent_imports.js";

const PAGE = 10;
const FEW = 3; // shown at first on a narrow screen, where the files are below
const MAX_SHOWN = 200; // the API lists no more at once
const MAX_PAGES = 5; // they may be shorter than asked for
const LOOKED_AT_MAX = 1000; // imports into any collection, for a page
const CUT_SHORT = `Only the latest ${count(MAX_PAGES * LOOKED_AT_MAX)} imports into all collections were looked at.`;
const ACTIVE = ["receiving", "embedding"];
const FIRST = matchMedia("(max-width: 64rem)").matches ? FEW : PAGE;

const rows = new Map();
let limit = FIRST;
let within; // has the only collection whose imports are shown, or null

export function startImportList() {
  within = startCollectionChoice($("imports-of"), "imports", () => showFirst());
  const { refresh, readNow } = refreshing(load);
  const showFirst = () => { clear(); readNow(); };
  $("more-imports").addEventListener("click", () => { limit = Math.min(MAX_SHOWN, limit + PAGE); readNow(); });
  on("collection-selected", () => within() && showFirst());
  on("documents-changed", refresh);
}

function clear() {
  limit = FIRST;
  setChildren($("imports"), []);
  setText($("imports-message"), "");
  $("more-imports").hidden = true;
}

async function load(signal) {
  const into = within();
  const { items, hasMore, isCutShort } = into && !may("documents.write", into) ? { items: [] } : await newest(into, signal);
  if (signal.aborted) return false;
  const shown = items.filter(isShown).map((each) => rowOf(each).update(each, into));
  setChildren($("imports"), shown.map(({ element }) => element));
  showOwn(shown);
  setText($("imports-message"), isCutShort ? CUT_SHORT : items.length ? "" : nothing(into));
  $("more-imports").hidden = (!hasMore && shown.length === items.length) || limit >= MAX_SHOWN;
  return items.some(({ state }) => ACTIVE.includes(state));
}

const nothing = (into) => `Nothing was imported${into ? " into this collection" : ""} in the last seven days.`;

/** As many imports as are shown, or more, whether there are others, and whether only the latest of all were looked at. */
async function newest(into, signal) {
  const wanted = Math.max(limit, PAGE);
  const items = [];
  let cursor = null;
  for (let page = 0; page < MAX_PAGES && items.length < wanted && (cursor || !page); page += 1) {
    const found = await request("/v1/imports", { query: { collection: into, limit: wanted - items.length, cursor }, signal });
    items.push(...found.items);
    cursor = found.next_cursor;
  }
  const isCutShort = Boolean(cursor) && items.length < wanted;
  return { items, hasMore: Boolean(cursor) && !isCutShort, isCutShort };
}

const isShown = ({ id }, index) => index < limit || id === sentImports()[0]?.id;

function rowOf({ id }) {
  if (!rows.has(id)) rows.set(id, new ImportRow());
  return rows.get(id);
}

/** What this tab has sent is marked with its name. */
function showOwn(shown) {
  const [last, ...earlier] = sentImports();
  const words = new Map(earlier.map(({ id, name }) => [id, `Your import: ${name}`]));
  if (last) words.set(last.id, `Your last import: ${last.name}`);
  for (const row of shown) row.showOwn(words.get(row.found.id) ?? "");
}
