// The conditions of a filter: rows of field, operator and value.

import { $, button, el } from "../lib/dom.js";
import { OPERATORS, comparisonsOf, isLogical } from "./filter_values.js";

const LISTS = ["in", "all"];

/** Add a row and return it. `onremove` is called when the user removes it. */
export function addCondition(onremove, field = "", operator = "eq", value = "") {
  const text = { spellcheck: "false", autocomplete: "off" };
  const options = Object.entries(OPERATORS).map(([name, label]) =>
    el("option", { value: name, selected: name === operator }, label));
  const row = el("div", { class: "condition" },
    el("input", { "aria-label": "Metadata field", list: "fields", placeholder: "field", value: field, ...text }),
    el("select", { "aria-label": "Comparison" }, ...options),
    el("input", { "aria-label": "Value", placeholder: "value", value, ...text }),
    button("Remove", () => { removeCondition(row); onremove(); }, { "aria-label": "Remove this condition" }));
  $("conditions").append(row);
  return row;
}

function removeCondition(row) {
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (neighbour?.querySelector("input") ?? $("add-condition")).focus();
}

export function clearConditions() {
  $("conditions").replaceChildren();
}

/** The filter that the rows express, as the API takes it. Incomplete rows are ignored. */
export function conditionsFilter() {
  const filter = {};
  for (const row of $("conditions").children) {
    const [field, operator, value] = row.querySelectorAll("input, select");
    if (!field.value || (!value.value && operator.value !== "exists")) continue;
    filter[field.value] = { ...filter[field.value], [operator.value]: operandOf(operator.value, value.value) };
  }
  return filter;
}

/** Replace the rows by those of a filter. Return whether they express the same filter. */
export function showConditions(filter, onremove) {
  const wanted = Object.entries(filter).map(([field, value]) => [field, comparisonsOf(value)]);
  clearConditions();
  for (const [field, comparisons] of wanted) {
    for (const [operator, value] of Object.entries(comparisons)) addCondition(onremove, field, operator, textOf(value));
  }
  if (Object.keys(filter).some(isLogical)) return false;
  return JSON.stringify(conditionsFilter()) === JSON.stringify(Object.fromEntries(wanted));
}

function operandOf(operator, text) {
  if (operator === "exists") return !["no", "false"].includes(text.trim());
  const value = valueOf(text);
  if (!LISTS.includes(operator) || Array.isArray(value)) return value;
  return text.split(",").map((part) => valueOf(part.trim()));
}

/** The value of a text: JSON if it is valid JSON, otherwise the text itself. */
function valueOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The text that `valueOf` turns back into this value. */
const textOf = (value) =>
  (typeof value === "string" && value && valueOf(value) === value ? value : JSON.stringify(value));
