// The audit. More of it is shown on request.

import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { dateTime } from "../lib/format.js";
import { actorInWords, detailsInWords, doneInWords } from "./audit_words.js";

const PAGE_SIZE = 8;

let nextCursor = null;
let latest = 0;

export function startAudit() {
  $("audit-more").addEventListener("click", () => read(nextCursor));
  on("keys-changed", () => read(null));
  read(null);
}

/** Show the newest entries, or add those after a cursor. */
async function read(cursor) {
  const number = ++latest;
  try {
    const { items, next_cursor } = await request("/v1/audit", { query: { limit: PAGE_SIZE, cursor } });
    if (number === latest) show(items.map(row), cursor, next_cursor);
  } catch (problem) {
    setText($("audit-message"), problem.message);
  }
}

function show(rows, cursor, next) {
  nextCursor = next;
  if (cursor) $("audit").append(...rows);
  else $("audit").replaceChildren(...rows);
  setText($("audit-message"), $("audit").childElementCount ? "" : "Nothing was done yet.");
  if (cursor) focusFirst(rows);
  $("audit-more").hidden = !next;
}

function focusFirst([first]) {
  first.tabIndex = -1;
  first.focus();
}

function row({ time, tenant, actor, action, target, detail }) {
  return el("li", { class: "entry" },
    el("p", {}, el("strong", {}, actorInWords(actor)), ` ${doneInWords(action)} `, el("span", { class: "mono" }, target)),
    el("p", { class: "details-line" },
      el("time", { datetime: time }, dateTime(time)),
      may("operator") && el("span", {}, `tenant ${tenant}`),
      el("span", {}, detailsInWords(detail))));
}
