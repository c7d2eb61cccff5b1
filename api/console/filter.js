// The filter of a search: conditions to choose, or JSON to write.

import { $, button, el, say } from "./dom.js";
import { on } from "./signals.js";

const OPERATORS = {
  eq: "is", ne: "is not", gt: "over", gte: "at least", lt: "under", lte: "at most", in: "is one of", exists: "is there",
};

let changed = () => {};
const asJson = () => $("as-json").getAttribute("aria-pressed") === "true";

export function startFilter(onchange) {
  changed = onchange;
  $("filter-toggle").addEventListener("click", toggle);
  $("add-condition").addEventListener("click", () => addCondition().querySelector("input").focus());
  $("as-json").addEventListener("click", switchForm);
  $("clear-filter").addEventListener("click", clear);
  $("filter").addEventListener("input", changed);
  on("fields", suggest);
}

/** The filter as the API takes it; throws an Error whose message says what is wrong. */
export function currentFilter() {
  if (!asJson()) return fromConditions();
  const text = $("filter-json").value.trim();
  if (!text) return {};
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`Not valid JSON yet: ${error.message}`);
  }
  if (!value || typeof value !== "object" || Array.isArray(value)) throw new Error("A filter is a JSON object, as in {\"lang\": \"en\"}.");
  return value;
}

export function showFilterError(text) {
  say($("filter-error"), text);
  $("filter-json").setAttribute("aria-invalid", String(Boolean(text)));
}

export function showFilterCount(filter) {
  const number = Object.keys(filter).length;
  say($("filter-toggle"), number ? `Filter (${number})` : "Filter");
}

function toggle() {
  const open = $("filter").hidden;
  $("filter").hidden = !open;
  $("filter-toggle").setAttribute("aria-expanded", String(open));
  if (open && !asJson() && !$("conditions").children.length) addCondition();
  if (open) $("filter").querySelector("input, textarea").focus();
}

function addCondition(field = "", operator = "eq", value = "") {
  const remove = button("Remove", () => { row.remove(); changed(); }, { "aria-label": "Remove this condition" });
  const options = Object.entries(OPERATORS).map(([name, label]) =>
    el("option", { value: name, selected: name === operator }, label));
  const row = el("div", { class: "condition" },
    el("input", { "aria-label": "Field of the metadata", list: "fields", placeholder: "field", value: field, spellcheck: "false", autocomplete: "off" }),
    el("select", { "aria-label": "Comparison" }, ...options),
    el("input", { "aria-label": "Value", placeholder: "value", value, spellcheck: "false", autocomplete: "off" }),
    remove);
  $("conditions").append(row);
  return row;
}

function fromConditions() {
  const filter = {};
  for (const row of $("conditions").children) {
    const [field, operator, value] = row.querySelectorAll("input, select");
    if (!field.value || (!value.value && operator.value !== "exists")) continue;
    filter[field.value] = { ...filter[field.value], [operator.value]: valueOf(operator.value, value.value) };
  }
  return filter;
}

function valueOf(operator, text) {
  if (operator === "exists") return !["no", "false"].includes(text.trim());
  const value = parsed(text);
  if (operator !== "in" || Array.isArray(value)) return value;
  return text.split(",").map((part) => parsed(part.trim()));
}

/** A number, true, false, null or quoted text as JSON has it; anything else is text. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function switchForm() {
  const toJson = !asJson();
  if (toJson) {
    const filter = fromConditions();
    $("filter-json").value = Object.keys(filter).length ? JSON.stringify(filter, null, 2) : "";
  } else if (!toConditions()) return;
  $("as-json").setAttribute("aria-pressed", String(toJson));
  $("filter-json-field").hidden = !toJson;
  $("conditions").hidden = toJson;
  $("add-condition").hidden = toJson;
  changed();
}

/** Show what was written as JSON as conditions, if it is a filter. */
function toConditions() {
  let filter;
  try {
    filter = currentFilter();
  } catch (error) {
    showFilterError(error.message);
    return false;
  }
  $("conditions").replaceChildren();
  for (const [field, wanted] of Object.entries(filter)) {
    const comparisons = wanted && typeof wanted === "object" && !Array.isArray(wanted) ? wanted : { eq: wanted };
    for (const [operator, value] of Object.entries(comparisons)) {
      addCondition(field, operator, typeof value === "string" ? value : JSON.stringify(value));
    }
  }
  return true;
}

function clear() {
  $("conditions").replaceChildren();
  $("filter-json").value = "";
  if (!asJson()) addCondition();
  changed();
}

function suggest(fields) {
  $("fields").replaceChildren(...fields.map((field) => el("option", { value: field })));
}
