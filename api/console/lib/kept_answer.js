// Keeps from which answer a document was opened, for the way back.

import { keepInTab, keptInTab } from "./tab_storage.js";

const NAME = "inkdex-answer";

/** This document is opened from the conversation on this page. */
export const keepAnswer = ({ collection, id }) => keepInTab(NAME, { collection, id, address: location.pathname + location.search });

/** The way back from a document leads elsewhere now. */
export const forgetAnswer = () => keepInTab(NAME, null);

/** The path of the conversation that a document was opened from, or null. */
export function keptAnswer({ collection, id }) {
  const kept = keptInTab(NAME);
  const isIts = kept?.collection === collection && kept.id === id;
  return isIts && /^\/console\/ask(\?|$)/.test(kept.address) ? kept.address : null;
}
