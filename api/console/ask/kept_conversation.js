// Keeps the conversation for the way back, in this tab only and for this key: the text of documents must not outlive the session.

import { identityText } from "../lib/caller.js";

const NAME = "inkdex-conversation";
const VERSION = 1; // of what is kept: another console may have written it
const MAX_UNITS = 1_000_000; // UTF-16 units of all turns; browsers give a page about five million

const address = () => location.pathname + location.search;

/** Keep the latest turns, each a question with its events, and where the page is scrolled to. No turns replace none. */
export function keepConversation(turns) {
  if (!turns.length || !identityText()) return;
  try {
    sessionStorage.setItem(NAME, written(turns));
  } catch {
    forgetConversation(); // there is no storage, or no room: an older conversation would be misleading
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
  return JSON.stringify({ version: VERSION, owner: identityText(), address: address(), scroll: window.scrollY, turns: kept });
}

export function forgetConversation() {
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // It was never kept.
  }
}

/** The kept conversation, or null. An address with a question is a link to that question, unless the page was left there. */
export function keptConversation() {
  const kept = read();
  if (!kept || !identityText()) return null;
  const isMine = kept.version === VERSION && kept.owner === identityText();
  if (!isMine) forgetConversation();
  const isHere = kept.address === address() || !new URLSearchParams(location.search).has("q");
  return isMine && isHere ? kept : null;
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME));
  } catch {
    return {};
  }
}
