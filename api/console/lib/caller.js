// Who the user is, and what their key allows.

import { Problem, request } from "./api.js";
import { emit, on } from "./event_bus.js";
import { bearer, hasKey } from "./session.js";

const TIMEOUT_MS = 4000;
const OF_NO_COLLECTION = ["stats", "keys", "operator"];

export const ACTIONS = [
  "search", "ask", "documents.read", "documents.write", "webhooks", "models", "stats", "keys", "operator",
];

export const isOfCollection = (action) => !OF_NO_COLLECTION.includes(action);

let caller = null; // null until it is read; then parts of the page try what they can

export const currentCaller = () => caller;

export async function startCaller() {
  on("access-changed", readCaller);
  on("stream-state", (state) => state === "live" && !caller && readCaller());
  await readCaller();
}

export async function readCaller() {
  try {
    setCaller(await request("/v1/whoami", { timeout: TIMEOUT_MS }));
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
  }
}

export function setCaller(found) {
  caller = found;
  emit("caller-read", found);
}

/** Read who the owner of a key is. Throws a Problem. */
export async function callerOf(key) {
  const response = await fetch("/v1/whoami", { headers: bearer(key), cache: "no-store" }).catch(() => null);
  if (!response) throw new Problem(0, "The API cannot be reached.");
  const content = await response.json().catch(() => ({}));
  if (response.ok) return content;
  throw new Problem(response.status, content.detail ?? `The API answered with status ${response.status}.`);
}

/** Whether a page that was made for the present caller can go on with another key. Of a key that was refused nothing is known. */
export const isLikeCaller = (other) => (caller ? rightsOf(caller) === rightsOf(other) : !hasKey());

/** Whose key it is and what it allows, as a text; null until it is known. */
export const identityText = () => caller && JSON.stringify([caller.key?.id ?? null, rightsOf(caller)]);

const rightsOf = ({ tenant, scopes, token }) => JSON.stringify([tenant, scopes, token]);

/** Whether the key allows an action in a collection, or in any if none is given. */
export function may(action, collection = null) {
  if (!caller || (caller.operator && action === "keys")) return true;
  const name = isOfCollection(action) ? collection : null;
  const isIncluded = (patterns) => name === null || patterns.some((pattern) => matches(pattern, name));
  return caller.scopes.some(({ actions, collections }) => actions.includes(action) && isIncluded(collections))
    && isIncluded(caller.token?.collections ?? ["*"]);
}

/** Names of collections that the key mentions. */
export const mentionedCollections = () =>
  (caller?.scopes ?? []).flatMap(({ collections }) => collections).filter((pattern) => !pattern.includes("*"));

/** Whether a name fits a pattern, in which `*` stands for any text. */
export function matches(pattern, name) {
  const [first, ...rest] = pattern.split("*");
  if (!rest.length) return name === pattern;
  if (!name.startsWith(first)) return false;
  const last = rest.pop();
  let end = first.length;
  for (const part of rest) {
    const start = name.indexOf(part, end);
    if (start < 0) return false;
    end = start + part.length;
  }
  return name.length - last.length >= end && name.endsWith(last);
}
