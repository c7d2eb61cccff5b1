// What the reader shows of a hit.

/** The passage of a document that a hit is about: where its words are, or else the chunk that is nearest in meaning. */
export function passageOf({ document: { collection, id, version }, passage, nearest, ranks }) {
  const { start, end } = ranks.text === null ? nearest ?? {} : passage;
  return { collection, id, start: start ?? null, end: end ?? null, version };
}
