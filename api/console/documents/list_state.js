// Says what the list shows, or why it shows nothing.

import { $, hide, setText } from "../lib/dom.js";
import { count, plural } from "../lib/format.js";
import { currentCounts } from "./counts.js";
import { isNarrowed, selectedStatus, selectedStatusInput } from "./list_view.js";

const LOADING_MS = 400; // a quick answer does not flash

let loadingTimer = null;

export function showLoading() {
  show({ loading: true });
  loadingTimer = setTimeout(() => setText($("list-state"), "Reading the documents…"), LOADING_MS);
}

export function showFailures(number) {
  if (!number) return hide($("failures"), selectedStatusInput());
  setText($("failures-text"), `${plural(number, "failed document")}: ${number === 1 ? "it" : "they"} could not be embedded. Searches find ${number === 1 ? "it" : "them"} by words only.`);
  $("failures").hidden = false;
}

function show({ rows = false, pages = rows, empty = false, loading = false, text = "" }) {
  clearTimeout(loadingTimer);
  $("documents").hidden = !rows;
  if (rows) $("selection").hidden = false;
  else hide($("selection"), $("list-message").textContent ? $("list-message") : $("page-title"));
  $("pages").hidden = !pages;
  $("list-state").classList.toggle("skeleton", loading);
  $("empty").hidden = !empty;
  $("toolbar").classList.toggle("of-empty", empty);
  setText($("list-state"), text);
}

/** Say which documents the page has: so many after those of the pages before. */
export function showRange(before, number, isLast) {
  const last = before + number;
  const counted = isNarrowed() ? null : currentCounts()?.[selectedStatus() || "total"];
  const total = isLast ? last : counted && Math.max(counted, last);
  const range = `${count(before + 1)}–${count(last)}${total ? ` of ${count(total)}` : ""}`;
  setText($("range"), number === total ? plural(number, "document") : range);
  show({ rows: true });
}

export function showNothing(isLaterPage) {
  setText($("range"), "");
  if (isLaterPage) return show({ pages: true, text: "No documents are left on this page." });
  if (isNarrowed()) return show({ text: `No ${selectedStatus()} documents match the filter.`.replace("  ", " ") });
  if (selectedStatus()) return show({ text: `No ${selectedStatus()} documents in this collection.` });
  show({ empty: true });
}

export function showProblem({ message }) {
  clearTimeout(loadingTimer);
  $("list-state").classList.remove("skeleton");
  setText($("list-state"), message);
  $("documents").removeAttribute("aria-busy");
}
