// Keeps the hits for the reader, and the place in them for the way back, in the tab's session storage.

import { keepInTab, keptInTab } from "../lib/tab_storage.js";
import { keyOf } from "./document_key.js";

const HITS = "inkdex-hits";
const PLACE = "inkdex-place";

const address = () => location.pathname + location.search;

/** Keep the passages of the hits and the words found in them, for the reader. */
export const keepHits = (passages) => keepInTab(HITS, { back: address(), hits: passages });

/** Keep how many hits are shown, where the page is scrolled to, and which hit has the focus. Without `scroll`, the hit is shown. */
export const keepPlace = (place) => keepInTab(PLACE, { address: address(), ...place });

/** The reader shows this hit, so the way back leads to it. */
export function moveTo(hit) {
  const place = keptInTab(PLACE);
  const focused = keyOf(hit);
  if (place?.address === keptHits().back && place.focused !== focused) keepInTab(PLACE, { ...place, focused, scroll: null });
}

/** The way back from a document leads elsewhere now. */
export const forgetHits = () => keepInTab(HITS, null);

/** The hits that were kept, and the address of their search. */
export function keptHits() {
  const { back, hits } = keptInTab(HITS) ?? {};
  return Array.isArray(hits) ? { back: String(back), hits } : { back: "/", hits: [] };
}

/** What was kept of the hit that is this document, if it is one. */
export const keptHit = (document) => keptHits().hits.find((hit) => isSame(hit, document));

export const isSame = (one, other) => one.id === other.id && one.collection === other.collection;

/** The place that was kept at this address, or null. */
export function keptPlace() {
  const place = keptInTab(PLACE);
  return place?.address === address() ? place : null;
}
