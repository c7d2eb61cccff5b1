// Keeps collection, query, mode and filter in the page's URL, so that a view survives a reload and can be shared.

export const read = (name) => new URLSearchParams(location.search).get(name);

/** Set parameters; an empty value removes its parameter. */
export function write(values) {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value) parameters.set(name, value);
    else parameters.delete(name);
  }
  history.replaceState(null, "", parameters.size ? `?${parameters}` : location.pathname);
}
