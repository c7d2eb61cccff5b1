// Keeps the conversation for the way back, in this tab only and for this key: the text of documents must not outlive the session.

import { rights } from "../lib/caller.js";

const NAME = "inkdex-conversation";
const MAX_UNITS = 1_000_000; // UTF-16 units of all turns; browsers give a page about five million

const address = () => location.pathname + location.search;

/** Keep the latest turns, each a question with its events, and where the page is scrolled to. */
export function keepConversation(turns) {
  try {
    if (turns.length) sessionStorage.setItem(NAME, written(turns));
    else sessionStorage.removeItem(NAME);
  } catch {
    forget(); // there is no storage, or no room: an older conversation would be misleading
  }
}

function written(turns) {
  const kept = [];
  let units = 0;
  for (const turn of turns.toReversed()) {
    const text = JSON.stringify(turn);
    units += text.length;
    if (units > MAX_UNITS) break;
    kept.unshift(turn);
  }
  return JSON.stringify({ rights: rights(), address: address(), scroll: window.scrollY, turns: kept });
}

function forget() {
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // It was never kept.
  }
}

/** The kept conversation, or null. An address with a question is a link to that question, unless the page was left there. */
export function keptConversation() {
  const kept = read();
  if (!kept?.turns.length || kept.rights !== rights()) return null;
  return kept.address === address() || !new URLSearchParams(location.search).has("q") ? kept : null;
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME));
  } catch {
    return null;
  }
}
