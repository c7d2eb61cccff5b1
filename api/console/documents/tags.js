// A document's metadata as tags. A press on one narrows the list to documents that have it too.

import { button, el } from "../lib/dom.js";
import { emit } from "../lib/event_bus.js";

const NAMELESS = ["tags", "tag", "labels", "label", "keywords"]; // fields whose values say enough, shown first
const MAX_TAGS = 2;

/** The tags of metadata, and how many more there are. */
export function tagList(metadata) {
  const tags = tagsOf(metadata);
  const more = tags.length - MAX_TAGS;
  if (!tags.length) return [];
  return [el("div", {}, ...tags.slice(0, MAX_TAGS).map(tagButton),
    more > 0 && el("small", { title: tags.slice(MAX_TAGS).map(textOf).join(", ") }, `+${more}`))];
}

function tagsOf(metadata) {
  const place = ([field]) => (NAMELESS.includes(field.toLowerCase()) ? 0 : 1);
  const fields = Object.entries(metadata).sort((one, other) => place(one) - place(other));
  return fields.flatMap(([field, value]) => [value].flat().filter(isPlain).map((each) => ({ field, value: each })));
}

const isPlain = (value) => ["string", "number", "boolean"].includes(typeof value) && value !== "";

const textOf = ({ field, value }) => (NAMELESS.includes(field.toLowerCase()) ? String(value) : `${field}: ${value}`);

// Tab goes from row to row; the arrow keys lead to tags.
const tagButton = (tag) => button(el("span", {}, textOf(tag)), () => emit("tag-pressed", tag),
  { class: "tag", tabindex: "-1", title: `Show only documents whose ${tag.field} is ${tag.value}` });
