// Remembers the import that this tab sent last, so that it is found in the list, also after a reload.

const NAME = "inkdex-latest-import";

export function rememberImport(id, name) {
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ id, name }));
  } catch {
    // The browser stores nothing, so a reload forgets it.
  }
}

/** Its { id, name }, or null. */
export function latestImport() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME));
  } catch {
    return null;
  }
}
