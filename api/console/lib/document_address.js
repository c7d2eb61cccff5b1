// The addresses of documents in the console.

const READER = "/console/document";

/** The address of a document in the reader, at a passage if `start` and `end` are known. */
export function documentAddress({ collection, id, start, end, version }) {
  const hasPassage = start != null && end != null;
  const parameters = { collection, id, ...(hasPassage && { start, end, version }) };
  const known = Object.entries(parameters).filter(([, value]) => value != null);
  return `${READER}?${new URLSearchParams(known)}`;
}

export const newDocumentAddress = (collection) => `${READER}?${new URLSearchParams({ collection })}&new`;
