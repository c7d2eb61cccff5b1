// Lists the keys, and rotates and revokes them.

import { Problem, request } from "../lib/api.js";
import { currentCaller } from "../lib/caller.js";
import { $, setChildren, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { duration } from "../lib/format.js";
import { KeyRow } from "./key_row.js";
import { showMadeKey } from "./made_key.js";

const PAGE_SIZE = 100;

const rows = new Map();
let pages = 1;
let latest = 0;

export const keyPath = (id) => `/v1/keys/${encodeURIComponent(id)}`;

export function startKeyList() {
  $("more-keys").addEventListener("click", () => { pages += 1; read(); });
  $("tenant-filter").addEventListener("change", () => { pages = 1; read(); });
  document.addEventListener("visibilitychange", () => document.hidden || read());
  on("keys-changed", read);
  read();
}

async function read() {
  const number = ++latest;
  try {
    const [keys, next] = await readPages();
    if (number === latest) show(keys, next);
  } catch (problem) {
    if (number === latest) showProblem(problem);
  }
}

async function readPages() {
  const keys = [];
  let cursor = null;
  for (let page = 0; page < pages; page += 1) {
    const query = { tenant: $("tenant-filter").value, limit: PAGE_SIZE, cursor };
    const found = await request("/v1/keys", { query });
    keys.push(...found.items);
    cursor = found.next_cursor;
    if (!cursor) break;
  }
  return [keys, cursor];
}

/** Show valid keys first, then the newest first. */
function show(keys, next) {
  keys.sort((a, b) => Boolean(a.revoked_at) - Boolean(b.revoked_at) || b.created_at.localeCompare(a.created_at));
  const ids = new Set(keys.map(({ id }) => id));
  for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
  for (const key of keys) rowOf(key).update(key, currentCaller()?.key?.id === key.id);
  setChildren($("keys"), keys.map(({ id }) => rows.get(id).element));
  $("more-keys").hidden = !next;
  if (!keys.length) setText($("keys-message"), "There are no keys yet.");
}

function rowOf({ id }) {
  if (!rows.has(id)) rows.set(id, new KeyRow({ onrotate: rotate, onrevoke: revoke, onrevoketokens: revokeTokens }));
  return rows.get(id);
}

const rotate = (key, overlap) => act(async () => {
  const made = await request(`${keyPath(key.id)}/rotate`, { method: "POST", body: { overlap_seconds: overlap } });
  await showMadeKey(made, overlap ? `The former one is valid for ${duration(overlap)} more.` : "The former one is not valid any more.");
  return `Rotated ${key.name}.`;
});

const revoke = (key) => act(async () => {
  await request(keyPath(key.id), { method: "DELETE" });
  return `Revoked ${key.name}.`;
});

const revokeTokens = (key) => act(async () => {
  await request(`${keyPath(key.id)}/revoke-tokens`, { method: "POST" });
  return `All tokens that were made from ${key.name} are revoked.`;
});

async function act(action) {
  try {
    setText($("keys-message"), await action());
    $("keys-title").focus();
  } catch (problem) {
    showProblem(problem);
  }
  emit("keys-changed");
}

function showProblem(problem) {
  setText($("keys-message"), problem.message);
  if (!(problem instanceof Problem)) throw problem;
}
