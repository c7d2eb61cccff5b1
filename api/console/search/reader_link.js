// Addresses of documents in the reader.

/** The passage of a document that a hit is about. The offsets are null if only the document is known. */
export const passageOf = ({ document, nearest }) => ({
  collection: document.collection,
  id: document.id,
  start: nearest?.start ?? null,
  end: nearest?.start == null ? null : nearest.end,
  version: document.version,
});

/** The address of a passage in the reader. */
export function readerAddress(passage) {
  const set = Object.entries(passage).filter(([, value]) => value !== null);
  return `/console/document?${new URLSearchParams(set)}`;
}
