// A document's metadata as tags. A press on one narrows the list to documents that have it too.

import { button, el } from "../lib/dom.js";
import { isFilterable } from "../search/filter_values.js";
import { filterBy, isNameless, tagText } from "../search/tags.js";

const MAX_TAGS = 2;
const SHORT = 14; // characters that are never cut

/** The tags of metadata, and how many more there are. What the document's name says already is left out. */
export function tagList(metadata, name) {
  const tags = tagsOf(metadata).filter(isNews(name));
  const more = tags.length - MAX_TAGS;
  if (!tags.length) return [];
  return [el("div", {}, ...tags.slice(0, MAX_TAGS).map(tagButton),
    more > 0 && el("small", { title: tags.slice(MAX_TAGS).map(textOf).join(", ") }, `+${more}`))];
}

function tagsOf(metadata) {
  const fields = Object.entries(metadata).filter(([field]) => isFilterable(field))
    .sort(([one], [other]) => isNameless(other) - isNameless(one));
  return fields.flatMap(([field, value]) => [value].flat().filter(isPlain).map((each) => ({ field, value: each })));
}

const isPlain = (value) => ["string", "number", "boolean"].includes(typeof value) && value !== "";

/** Whether a tag says something that neither the name nor a tag before it says. */
function isNews(name) {
  const said = new Set();
  return ({ field, value }) => {
    const isSaid = typeof value === "string" && (said.has(value) || (!isNameless(field) && endsWith(name, value)));
    said.add(value);
    return !isSaid;
  };
}

/** Whether a name ends with a whole word, or words. */
const endsWith = (name, words) => ` ${name}`.endsWith(words) && /[^\p{L}\p{N}]$/u.test(` ${name}`.slice(0, -words.length));

const textOf = ({ field, value }) => tagText(field, value);

// Tab goes from row to row; the arrow keys lead to tags.
const tagButton = (tag) => button(el("span", {}, textOf(tag)), () => filterBy(tag.field, tag.value),
  { class: textOf(tag).length > SHORT ? "tag" : "tag short", tabindex: "-1", title: `Show only documents whose ${tag.field} is ${tag.value}` });
