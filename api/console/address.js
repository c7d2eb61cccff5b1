// What is looked at stands in the page's address, so that it survives a reload and can be shared.

export const read = (name) => new URLSearchParams(location.search).get(name);

export function write(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}
