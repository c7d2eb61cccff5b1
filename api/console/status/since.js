// Since when a problem lasts, as this tab has seen it. The next page of the console goes on with it.

import { clock } from "../lib/format.js";

const NAME = "inkdex-problems";

let known = stored(); // times in milliseconds since 1970 by the name of the problem

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME)) ?? {};
  } catch {
    return {};
  }
}

/** When the first of the problems was first seen: the time of day, with the date if it is older. Forgets all others. */
export function sinceWhen(names) {
  const now = Date.now();
  known = Object.fromEntries(names.map((name) => [name, known[name] ?? now]));
  try {
    if (names.length) sessionStorage.setItem(NAME, JSON.stringify(known));
    else sessionStorage.removeItem(NAME);
  } catch {
    // Without storage, each page begins anew.
  }
  return names.length ? inWords(new Date(known[names[0]])) : "";
}

function inWords(time) {
  const isToday = time.toDateString() === new Date().toDateString();
  return isToday ? clock(time) : `${time.toLocaleDateString([], { month: "short", day: "numeric" })}, ${clock(time)}`;
}
