// Keeps the hits for the reader, and the place in them for the way back, in the tab's session storage.

import { keyOf } from "./document_key.js";

const HITS = "inkdex-hits";
const PLACE = "inkdex-place";

const address = () => location.pathname + location.search;

/** Keep the passages of the hits and the words found in them, for the reader. */
export const keepHits = (passages) => write(HITS, { back: address(), hits: passages });

/** Keep how many hits are shown, where the page is scrolled to, and which hit has the focus. Without `scroll`, the hit is shown. */
export const keepPlace = (place) => write(PLACE, { address: address(), ...place });

/** The reader shows this hit, so the way back leads to it. */
export function moveTo(hit) {
  const place = read(PLACE);
  const focused = keyOf(hit);
  if (place?.address === keptHits().back && place.focused !== focused) write(PLACE, { ...place, focused, scroll: null });
}

/** The way back from a document leads elsewhere now. */
export const forgetHits = () => write(HITS, null);

/** The hits that were kept, and the address of their search. */
export function keptHits() {
  const { back, hits } = read(HITS) ?? {};
  return Array.isArray(hits) ? { back: String(back), hits } : { back: "/", hits: [] };
}

/** What was kept of the hit that is this document, if it is one. */
export const keptHit = (document) => keptHits().hits.find((hit) => isSame(hit, document));

export const isSame = (one, other) => one.id === other.id && one.collection === other.collection;

/** The place that was kept at this address, or null. */
export function keptPlace() {
  const place = read(PLACE);
  return place?.address === address() ? place : null;
}

function write(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Without storage the way back leads to the first hits.
  }
}

function read(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}
