// What the reader shows of a hit.

/** The passage of a document that a hit is about. The offsets are null if only the document is known. */
export const passageOf = ({ document, nearest }) => ({
  collection: document.collection,
  id: document.id,
  start: nearest?.start ?? null,
  end: nearest?.start == null ? null : nearest.end,
  version: document.version,
});
