// A value of metadata, as a page shows it.

import { el } from "../lib/dom.js";
import { textOf } from "./filter_values.js";

/** A text, or the values of a list apart from each other: a value may contain a comma. */
export function valueNode(value) {
  const isList = Array.isArray(value) && value.length > 0 && value.every((each) => typeof each !== "object");
  return isList ? el("ul", { class: "values" }, ...value.map((each) => el("li", {}, textOf(each)))) : textOf(value);
}
