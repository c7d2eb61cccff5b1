// The tags of a hit: what its metadata says of its subject. A press on one filters the hits.

import { button, el } from "../lib/dom.js";
import { readFilter, setFilter } from "./filter.js";
import { isFilterable, withValue } from "./filter_values.js";

const NAMELESS = ["tags", "tag", "labels", "label", "keywords", "keyword"];
const SUBJECTS = ["topics", "topic", "categories", "category"];
const MAX_TAGS = 8;

/** Whether the values of a field say enough without its name. */
export const isNameless = (field) => NAMELESS.includes(field.toLowerCase());

/** A tag in words. */
export const tagText = (field, value) => (isNameless(field) ? String(value) : `${field}: ${value}`);

/** A list of the tags, or null if there are none. */
export function tagList(metadata) {
  const tags = tagsOf(metadata);
  return tags.length ? el("ul", { class: "tags", "aria-label": "Tags" }, ...tags.map(tagItem)) : null;
}

function tagsOf(metadata) {
  const found = Object.entries(metadata).filter(([field, value]) => isFilterable(field) && isTags(field, value))
    .flatMap(([field, value]) => [value].flat().map((tag) => [field, tag]));
  return [...new Map(found.map((each) => [each[1], each])).values()].slice(0, MAX_TAGS);
}

function isTags(field, value) {
  const values = [value].flat();
  return (isNameless(field) || SUBJECTS.includes(field.toLowerCase()) || Array.isArray(value)) && values.every((each) => typeof each === "string" && each && each.length <= 60);
}

const tagItem = ([field, tag]) => el("li", {}, button(el("span", {}, tagText(field, tag)), () => filterBy(field, tag), {
  class: "chip", title: `Show only documents whose ${field} is ${tag}`,
}));

/** Show only documents whose field has this value. */
export const filterBy = (field, value) => setFilter(withValue(readFilter() ?? {}, field, value));
