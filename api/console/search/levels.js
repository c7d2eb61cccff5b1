// The levels of relevance in a ranked list. The API measures each hit alone, so the levels may not follow the order. A hit without a level has none here either.

/** The level of each hit, the best first: none is called better than one above it. Strong hits begin the list, weak ones end it. */
export function levelsOf(hits) {
  const strong = hits.findIndex(({ relevance }) => relevance && relevance !== "strong");
  const fair = hits.findLastIndex(({ relevance }) => relevance && relevance !== "weak");
  return hits.map(({ relevance }, index) => relevance && levelAt(index, strong < 0 ? hits.length : strong, fair));
}

function levelAt(index, strong, fair) {
  if (index < strong) return "strong";
  return index > fair ? "weak" : "fair";
}
