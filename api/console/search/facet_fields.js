// Chooses the fields of metadata whose values are counted.

import { isFilterable } from "./filter_values.js";

const PREFERRED = ["tags", "topic", "category", "type", "lang", "language", "media_type", "source", "author", "year"];
const MAX_FIELDS = 8;
const MAX_LENGTH = 80; // longer values are texts

const known = new Map(); // by collection, what its hits have had

/** The fields of the filter, of these hits and of former hits of the collection, the most usual first. */
export function facetFields(collection, filter, hits) {
  const { numbers, lists } = knownOf(collection);
  for (const field of hits.flatMap(({ document }) => fieldsOf(document.metadata))) {
    numbers.set(field, (numbers.get(field) ?? 0) + 1);
  }
  for (const field of hits.flatMap(({ document }) => listsOf(document.metadata))) lists.add(field);
  const filtered = Object.keys(filter).filter(isFilterable);
  const usual = [...numbers.keys()].sort((one, other) => rank(one) - rank(other) || numbers.get(other) - numbers.get(one));
  return [...new Set([...filtered, ...usual])].slice(0, MAX_FIELDS).sort();
}

/** Whether a document of the collection can have several values of the field. */
export const isList = (collection, field) => knownOf(collection).lists.has(field);

/** In how many hits each field was, and the fields of which a hit had a list. */
function knownOf(collection) {
  if (!known.has(collection)) known.set(collection, { numbers: new Map(), lists: new Set() });
  return known.get(collection);
}

export const rank = (field) => {
  const place = PREFERRED.indexOf(field.toLowerCase());
  return place < 0 ? PREFERRED.length : place;
};

const fieldsOf = (metadata) => Object.keys(metadata).filter((field) => isFilterable(field) && hasValues(metadata[field]));

const listsOf = (metadata) => Object.keys(metadata).filter((field) => Array.isArray(metadata[field]));

const hasValues = (value) => [value].flat().some((each) =>
  ["number", "boolean"].includes(typeof each) || (typeof each === "string" && each.length <= MAX_LENGTH));
