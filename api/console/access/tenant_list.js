// The tenants, for operators: make, change, and choose whose keys are shown.

import { request } from "../lib/api.js";
import { currentCaller } from "../lib/caller.js";
import { $, el, setText } from "../lib/dom.js";
import { emit } from "../lib/event_bus.js";
import { dateTime } from "../lib/format.js";
import { bars } from "./bars.js";
import { boundsForm } from "./bounds_form.js";
import { boundsInWords } from "./words.js";

const PAGE_SIZE = 100;
const NEW = { weight: 1, quotas: {}, limits: {} };

const tenantPath = (name) => `/v1/tenants/${encodeURIComponent(name)}`;

let known = [];
let cursor = null;

export function startTenantList() {
  $("more-tenants").addEventListener("click", () => readPage());
  showNewForm();
  readAnew();
}

function showNewForm() {
  const form = boundsForm("Make the tenant", NEW, make, { asksName: true });
  $("new-tenant").replaceChildren($("new-tenant").firstElementChild, form);
}

function readAnew() {
  known = [];
  cursor = null;
  return readPage();
}

async function readPage() {
  try {
    const { items, next_cursor } = await request("/v1/tenants", { query: { limit: PAGE_SIZE, cursor } });
    known = [...known, ...items];
    cursor = next_cursor;
    show();
  } catch (problem) {
    setText($("tenants-message"), problem.message);
  }
}

function show() {
  $("tenants").replaceChildren(...known.map(row));
  $("more-tenants").hidden = !cursor;
  showOptions($("tenant-filter"), [["", "all"]], $("tenant-filter").value);
  showOptions($("key-tenant"), [], $("key-tenant").value || currentCaller()?.tenant);
}

function showOptions(select, first, chosen) {
  const options = [...first, ...known.map(({ name }) => [name, name])];
  select.replaceChildren(...options.map(([value, label]) => el("option", { value }, label)));
  select.value = chosen ?? "";
}

function row(tenant) {
  const usage = el("ul", { class: "bars", "aria-label": `Usage of ${tenant.name}` });
  const details = el("details", { toggle: () => details.open && showUsage(usage, tenant) },
    el("summary", { "aria-label": `Usage and settings of ${tenant.name}` }, "Usage and settings"),
    usage,
    boundsForm("Save", tenant, (settings) => change(tenant.name, settings)));
  return el("li", { class: "tenant" },
    el("p", { class: "name" }, tenant.name),
    el("p", { class: "details-line" }, `weight ${tenant.weight}`, el("span", {}, `made ${dateTime(tenant.created_at)}`)),
    el("p", { class: "note" }, boundsInWords(tenant)),
    details);
}

async function showUsage(list, { name, quotas }) {
  try {
    const { usage } = await request(tenantPath(name));
    list.replaceChildren(...bars(usage, quotas));
  } catch (problem) {
    list.replaceChildren(el("li", {}, problem.message));
  }
}

async function change(name, body) {
  await request(tenantPath(name), { method: "PATCH", body });
  await changed(`Saved ${name}.`);
}

async function make(body) {
  await request("/v1/tenants", { method: "POST", body });
  showNewForm();
  $("new-tenant").open = false;
  await changed(`Made ${body.name}. Now make its first key.`);
  $("key-tenant").value = body.name;
}

async function changed(text) {
  await readAnew();
  setText($("tenants-message"), text);
  $("tenants-title").focus();
  emit("keys-changed"); // the audit has an entry more
}
