// The form that makes a key, or changes one.

import { Problem, request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, el, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { checkActions, checkedActions, chooseUsual, isFirstKey, refuseChoice, startKeyChoices } from "./key_choices.js";
import { keyPath } from "./key_list.js";
import { showMadeKey } from "./made_key.js";
import { EVERY_ACTION, EXPIRIES, expiryInWords } from "./words.js";

const KEPT = "kept"; // the expiry, and scopes that the form cannot show

let edited = null;

export function startKeyForm() {
  startKeyChoices();
  $("key-form").addEventListener("submit", submit);
  $("key-cancel").addEventListener("click", reset);
  on("key-edit-requested", edit);
  on("caller-read", showFirst);
  reset();
}

function showFirst() {
  $("first-key").hidden = !isFirstKey();
}

function reset() {
  edited = null;
  $("key-form").reset();
  showFirst();
  showMode("New key", "Make the key", EXPIRIES);
  chooseUsual();
  if (isFirstKey()) $("key-expiry").value = "";
}

function edit(key) {
  edited = key;
  const [scope, ...others] = key.scopes;
  const actions = scope.actions.includes("*") ? [...scope.actions, ...EVERY_ACTION] : scope.actions;
  $("key-name").value = key.name;
  checkActions(actions);
  $("key-collections").value = scope.collections.join("\n");
  const expiries = [[KEPT, `as now: ${expiryInWords(key.expires_at)}`], ...EXPIRIES];
  showMode(`Change ${key.name}`, "Save", expiries);
  if (others.length) setText($("key-error"), "This key has several scopes. If you save, only the scope shown here remains.");
  $("key-name").focus();
}

function showMode(title, submit, expiries) {
  setText($("key-form-title"), title);
  setText($("key-submit"), submit);
  setText($("key-error"), "");
  $("key-cancel").hidden = !edited;
  $("key-tenant-field").hidden = Boolean(edited);
  $("key-expiry").replaceChildren(...expiries.map(([value, label]) => el("option", { value }, label)));
}

async function submit(event) {
  event.preventDefault();
  setText($("key-error"), "");
  if (refuseChoice()) return;
  const body = entered();
  $("key-submit").disabled = true;
  try {
    await (edited ? save(body) : make(body));
    reset();
  } catch (problem) {
    setText($("key-error"), messageOf(problem));
    $("key-name").focus();
    if (!(problem instanceof Problem)) throw problem;
  } finally {
    $("key-submit").disabled = false;
    emit("keys-changed");
  }
}

async function make(body) {
  const tenant = may("operator") ? $("key-tenant").value : "";
  await showMadeKey(await request("/v1/keys", { method: "POST", body: tenant ? { ...body, tenant } : body }));
}

async function save(body) {
  const saved = await request(keyPath(edited.id), { method: "PATCH", body });
  setText($("keys-message"), `Saved ${saved.name}.`);
  $("keys-title").focus();
}

function entered() {
  const collections = $("key-collections").value.split("\n").filter(Boolean);
  const expiry = $("key-expiry").value;
  const body = { name: $("key-name").value.trim(), scopes: [{ actions: wholeActions(), collections }] };
  return expiry === KEPT ? body : { ...body, expires_at: expiry ? daysAhead(Number(expiry)) : null };
}

/** What is checked. `*` stands for all but operator, those of later versions included. */
function wholeActions() {
  const actions = checkedActions();
  const hasAll = EVERY_ACTION.every((action) => actions.includes(action));
  return hasAll ? ["*", ...actions.filter((action) => action === "operator")] : actions;
}

const daysAhead = (days) => new Date(Date.now() + days * 86_400_000).toISOString();

const messageOf = ({ message, errors = [] }) =>
  (errors.length ? errors.map(({ path, message: reason }) => `${path.join(" ")}: ${reason}.`).join(" ") : message);
