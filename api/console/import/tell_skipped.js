// Tells the server what the page did not send, so that it is kept with the import.

import { request } from "../lib/api.js";
import { patiently } from "./patience.js";

const AT_ONCE = 200;
const NAME_MAX_CHARACTERS = 500;
const REASON_MAX_CHARACTERS = 500;

/** Tell what was skipped and what could not be sent: lists of { place, reason }. Throws a Problem. */
export async function tellSkipped({ skipped, rejected }, { id, collection, signal, onwait }) {
  const items = [...rejected.map((each) => itemOf(each, false)), ...skipped.map((each) => itemOf(each, true))];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const options = { method: "POST", query: { collection }, body: { items: items.slice(start, start + AT_ONCE) }, signal };
    await patiently(() => request(`/v1/imports/${id}/skipped`, options), { signal, onwait });
  }
}

const itemOf = ({ place, reason }, skipped) =>
  ({ name: shortened(place, NAME_MAX_CHARACTERS), error: shortened(reason, REASON_MAX_CHARACTERS), skipped });

/** A cut may halve a character, and a file name may be no valid text. */
const shortened = (text, length) => text.slice(0, length).toWellFormed();
