// What failed, grouped by reason, from GET /v1/failures.

import { collection } from "../documents/collection.js";
import { startCollectionChoice } from "../documents/collection_choice.js";
import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, hide, setChildren, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { count, plural } from "../lib/format.js";
import { failureGroup } from "./failure_group.js";

const INTERVAL_MS = 60_000; // the number of failed documents is known every two seconds; files may fail without it

let groups = new Map(); // by kind and reason
let reading = null;
let readAt = 0;
let failed = null; // documents, in all collections
let within; // has the only collection whose failures are shown, or null

export function startFailures() {
  within = startCollectionChoice($("failures-of"), "failures", readOthers);
  $("retry-failed").addEventListener("click", retry);
  on("collection-selected", readOthers);
  on("status", ({ components, stats }) => components && readIfChanged(stats));
}

/** Hide what is shown, as it is not of the scope that a press would retry. */
function readOthers() {
  reading?.abort();
  reading = null;
  for (const id of ["retry-result", "failures-state"]) setText($(id), "");
  setChildren($("failures"), []);
  hide($("retry-failed"), $("failures-title"));
  read();
}

function readIfChanged(stats) {
  if (reading) return; // a slow answer is not given up for the next
  const isChanged = (stats?.documents.failed ?? null) !== failed;
  failed = stats?.documents.failed ?? null;
  if (isChanged || Date.now() - readAt >= INTERVAL_MS) read();
}

async function read() {
  if (!may("documents.read", within())) return;
  readAt = Date.now();
  const mine = (reading = new AbortController());
  const readOf = (name) => request("/v1/failures", { query: { collection: name }, signal: mine.signal });
  const answers = [collection(), null].map(readOf);
  const found = await Promise.allSettled(answers);
  if (mine !== reading) return;
  reading = null;
  const [here, all] = found.map(({ value }) => value);
  showNumbers(here, all);
  if (here) tellFiles(here);
  const { value: chosen, reason } = found[within() === null ? 1 : 0];
  if (chosen) show(chosen, elsewhere(here, all));
  else setText($("failures-state"), reason.message);
}

function tellFiles({ items, complete }) {
  const number = totalOf({ items: items.filter(({ kind }) => kind === "file") });
  emit("failed-files-read", { collection: collection(), number, isPart: !complete });
}

const totalOf = ({ items }) => items.reduce((sum, each) => sum + each.count, 0);

/** How many failures other collections have, as far as they are counted. */
const elsewhere = (here, all) => (here && all ? Math.max(0, totalOf(all) - totalOf(here)) : 0);

/** Beside the choice of a scope is the number of its failures. */
function showNumbers(...scopes) {
  [...$("failures-of").querySelectorAll("small")].forEach((place, index) => {
    const answer = scopes[index];
    setText(place, answer ? `${count(totalOf(answer))}${answer.complete ? "" : "+"}` : "");
  });
}

function show({ items, complete, counted_max: counted }, others) {
  groups = new Map(items.map((item) => {
    const key = `${item.kind} ${item.reason}`;
    const group = groups.get(key) ?? failureGroup();
    group.show(item, complete, within() === null);
    return [key, group];
  }));
  setChildren($("failures"), [...groups.values()].map(({ element }) => element));
  setText($("failures-state"), items.length ? limitOf(complete, counted) : nothing(others));
  showRetry(items.filter(({ kind }) => kind === "document"));
}

function nothing(others) {
  if (within() === null) return "Nothing failed.";
  return `Nothing failed in this collection.${others ? ` In others: ${plural(others, "failure")}.` : ""}`;
}

const limitOf = (complete, counted) => (complete ? "" : `Only the first ${count(counted)} failures are counted.`);

function showRetry(ofDocuments) {
  if (!ofDocuments.some((item) => item.retry_may_help)) return hide($("retry-failed"), $("failures-title"));
  $("retry-failed").hidden = false;
  setText($("retry-failed"), within() === null ? "Retry all failed documents" : "Retry all failed documents of this collection");
}

async function retry() {
  $("retry-failed").disabled = true;
  setText($("retry-result"), "Retrying…");
  const query = { status: "failed", collection: within() };
  const [{ value, reason }] = await Promise.allSettled([request("/v1/documents/retry", { method: "POST", query })]);
  setText($("retry-result"), value ? `${plural(value.retried, "document")} will be tried again.` : reason.message);
  $("retry-failed").disabled = false;
  read();
}
