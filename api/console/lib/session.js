// Sends requests with the user's key. It is kept in this tab's session storage, or in memory if storage is blocked.

import { emit } from "./event_bus.js";

const NAME = "inkdex-key";
const SESSION = "inkdex-session";

let key = stored(NAME);
const session = stored(SESSION) ?? String(Math.random()); // the same until the tab forgets everything
store(SESSION, session);
let needed = null; // resolves when the user has signed in; null while no key is missing

window.addEventListener("pageshow", ({ persisted }) => {
  if (!persisted || stored(NAME) === key) return;
  if (stored(SESSION) !== session) emit("signed-out"); // on another page
  location.reload();
});

function stored(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

function store(name, text) {
  try {
    sessionStorage.setItem(name, text);
  } catch {
    // Without storage the text is forgotten with the page.
  }
}

export const hasKey = () => key !== null;

/** Keep the key for the next page, too. */
export function rememberKey(text) {
  key = text;
  store(NAME, text);
}

/** Use this key from now on. Requests that wait for a key are sent again. */
export function useKey(text) {
  rememberKey(text);
  needed?.resolve();
  needed = null;
}

/** Forget the key and everything on the page. */
export function signOut() {
  emit("signed-out");
  forgetTab();
  location.reload();
}

/** Forget what this tab keeps over a reload: the key, the order of hits, texts that are not saved. */
export function forgetTab() {
  try {
    sessionStorage.clear();
  } catch {
    // Nothing was ever stored.
  }
}

export const bearer = (text) => (text ? { authorization: `Bearer ${text}` } : {});

/**
 * Fetch with the key. If the API wants another key, ask for it, and fetch again when the user has signed in.
 * `init` is called for each attempt. If `signal` aborts, the wait for a key ends too.
 */
export async function fetchWithKey(url, init, signal) {
  for (;;) {
    const used = key;
    const { headers, ...options } = init();
    const response = await fetch(url, { ...options, cache: "no-store", headers: { ...headers, ...bearer(used) } });
    const reason = await refusal(response);
    if (!reason) return response;
    if (key === used) await signedIn(reason, signal);
  }
}

/** Why the API wants another key, or null. */
async function refusal(response) {
  if (response.status !== 401 && response.status !== 403) return null;
  const { type = "", detail = "" } = await response.clone().json().catch(() => ({}));
  if (type.endsWith(":forbidden")) emit("access-changed");
  return response.status === 401 || type.endsWith(":no-keys-yet") ? { type: type.split(":").at(-1), detail } : null;
}

function signedIn(reason, signal) {
  if (!needed) {
    needed = Promise.withResolvers();
    emit("key-needed", reason);
  }
  const { promise } = needed;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => reject(signal.reason);
    signal?.addEventListener("abort", abort, { once: true });
    promise.then(() => { signal?.removeEventListener("abort", abort); resolve(); });
  });
}
