// Addresses of documents in the reader.

/** The passage of a document that a hit is about. The offsets are null if only the document is known. */
export const passageOf = ({ document, nearest }) => ({
  collection: document.collection,
  id: document.id,
  start: nearest?.start ?? null,
  end: nearest?.start == null ? null : nearest.end,
  version: document.version,
});

/** The address of a passage in the reader, which marks the words of the query `q`. */
export function readerAddress(passage, q = "") {
  const set = Object.entries({ ...passage, q }).filter(([, value]) => value !== null && value !== "");
  return `/console/document?${new URLSearchParams(set)}`;
}
