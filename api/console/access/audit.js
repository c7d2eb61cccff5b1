// The audit, one page at a time.

import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { dateTime } from "../lib/format.js";
import { detailsInWords, doneInWords } from "./words.js";

const PAGE_SIZE = 20;

let cursors = [null]; // of the newer pages and the current one
let nextCursor = null;

export function startAudit() {
  $("audit-older").addEventListener("click", () => show([...cursors, nextCursor]));
  $("audit-newer").addEventListener("click", () => show(cursors.slice(0, -1)));
  on("keys-changed", () => show(cursors));
  show(cursors);
}

async function show(wanted) {
  try {
    const { items, next_cursor } = await request("/v1/audit", { query: { limit: PAGE_SIZE, cursor: wanted.at(-1) } });
    cursors = wanted;
    nextCursor = next_cursor;
    $("audit").replaceChildren(...items.map(row));
    setText($("audit-message"), items.length ? "" : "Nothing was done yet.");
  } catch (problem) {
    setText($("audit-message"), problem.message);
  }
  $("audit-older").disabled = !nextCursor;
  $("audit-newer").disabled = cursors.length === 1;
  $("audit-pages").hidden = !nextCursor && cursors.length === 1;
}

function row({ time, tenant, actor, action, target, detail }) {
  return el("li", { class: "entry" },
    el("p", {}, el("strong", {}, actor.name ?? actor.id), ` ${doneInWords(action)} `, el("span", { class: "mono" }, target)),
    el("p", { class: "details-line" },
      el("time", { datetime: time }, dateTime(time)),
      may("operator") && el("span", {}, `tenant ${tenant}`),
      el("span", {}, detailsInWords(detail))));
}
