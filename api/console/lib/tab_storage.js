// Keeps values in the tab's session storage, as JSON. A browser without storage keeps nothing.

/** Keep a value over a reload; null forgets it. */
export function keepInTab(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // There is no storage, or no room.
  }
}

/** The kept value, or null. */
export function keptInTab(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}
