// Keeps which page of the list of documents was shown, for the way back from a document.

import { on } from "./event_bus.js";
import { keepInTab, keptInTab } from "./tab_storage.js";

const NAME = "inkdex-list";

let isSignedOut = false;

on("signed-out", () => { isSignedOut = true; });

const address = () => location.pathname + location.search;

/** Keep the cursors up to the page that is shown. */
export const keepList = (collection, cursors) => write({ opened: read()?.opened, collection, cursors, address: address() });

/** Keep which document of the list is opened. */
export const keepOpened = (id) => write({ ...read(), opened: id });

/** The kept cursors of this list, or null: after a reload, or on the way back. */
export function keptCursors() {
  const { isFollowed, ...kept } = read() ?? {};
  if (isFollowed) write(kept);
  const isBack = isFollowed || performance.getEntriesByType("navigation")[0]?.type !== "navigate";
  return isBack && kept.address === address() && Array.isArray(kept.cursors) ? kept.cursors : null;
}

/** The path of the list that a document was opened from, or null. */
export function keptList({ collection, id }) {
  const kept = read();
  const isItsList = kept?.collection === collection && kept.opened === id;
  return isItsList && /^\/console\/documents(\?|$)/.test(kept.address) ? kept.address : null;
}

/** The way back is followed: the list begins with the kept page. */
export const followKeptList = () => write({ ...read(), isFollowed: true });

function write(kept) {
  if (!isSignedOut) keepInTab(NAME, kept);
}

const read = () => keptInTab(NAME);
