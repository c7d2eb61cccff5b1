// Tells the server what the page did not send, so that it is kept with the import.

import { request } from "../lib/api.js";
import { patiently } from "./patience.js";

const AT_ONCE = 50; // the API takes no more
const NAMED_MAX = 1000; // of each kind: the server keeps no more
const NAME_MAX_CHARACTERS = 500;
const REASON_MAX_CHARACTERS = 500;

/** Tell what was skipped and what could not be sent: lists of { place, reason }. An import is whole without that, so a refusal is no error. */
export async function tellSkipped({ skipped, rejected }, options) {
  try {
    for (const body of bodiesOf(skipped, rejected)) await tell(body, options);
  } catch {
    // An older API keeps none of this, and the page lists it.
  }
}

/** What is beyond the limit is only counted, with the last ones. */
function bodiesOf(skipped, rejected) {
  const items = [...namedOf(rejected, false), ...namedOf(skipped, true)];
  const bodies = [];
  for (let start = 0; start < items.length; start += AT_ONCE) bodies.push({ items: items.slice(start, start + AT_ONCE) });
  if (bodies.length) Object.assign(bodies.at(-1), { more_skipped: unnamed(skipped), more_rejected: unnamed(rejected) });
  return bodies;
}

const namedOf = (list, skipped) => list.slice(0, NAMED_MAX).map((each) => itemOf(each, skipped));

const unnamed = (list) => Math.max(0, list.length - NAMED_MAX);

function tell(body, { id, collection, signal, onwait }) {
  return patiently(() => request(`/v1/imports/${id}/skipped`, { method: "POST", query: { collection }, body, signal }), { signal, onwait });
}

const itemOf = ({ place, reason }, skipped) =>
  ({ name: shortened(place, NAME_MAX_CHARACTERS), error: shortened(reason, REASON_MAX_CHARACTERS), skipped });

/** A cut may halve a character, and a file name may be no valid text. */
const shortened = (text, length) => text.slice(0, length).toWellFormed();
