// The filter of a search: conditions to choose, or JSON to write.

import * as address from "./address.js";
import { $, button, el, say } from "./dom.js";
import { on } from "./signals.js";

const OPERATORS = {
  eq: "is", ne: "is not", gt: "over", gte: "at least", lt: "under", lte: "at most", in: "is one of", exists: "is there",
};

const UNSAYABLE = "Conditions can’t say this. It stays as JSON.";

let changed = () => {};
let unsayable = null; // the JSON that conditions were asked to say
const asJson = () => $("as-json").getAttribute("aria-pressed") === "true";

export function startFilter(onchange) {
  changed = onchange;
  $("filter-toggle").addEventListener("click", toggle);
  $("add-condition").addEventListener("click", () => addCondition().querySelector("input").focus());
  $("as-json").addEventListener("click", switchForm);
  $("clear-filter").addEventListener("click", clear);
  $("filter").addEventListener("input", changed);
  on("fields", suggest);
  restore(address.read("filter"));
}

/** The filter as the API takes it, or null where it is none yet, which is said. */
export function readFilter() {
  try {
    const filter = entered();
    const number = Object.keys(filter).length;
    say($("filter-toggle"), number ? `Filter (${number})` : "Filter");
    showFilterError(asJson() && $("filter-json").value === unsayable ? UNSAYABLE : "");
    return filter;
  } catch (error) {
    showFilterError(error.message);
    return null;
  }
}

/** The filter; throws an Error whose message says what is wrong. */
function entered() {
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

/** Show the filter that stands in the page's address. */
function restore(text) {
  if (!text) return;
  $("filter-json").value = text;
  showForm(true);
  if (toConditions()) showForm(false);
  unsayable = null; // nobody asked
  unfold(true);
}

function unfold(open) {
  $("filter").hidden = !open;
  $("filter-toggle").setAttribute("aria-expanded", String(open));
}

function toggle() {
  const open = $("filter").hidden;
  unfold(open);
  if (open && !asJson() && !$("conditions").children.length) addCondition();
  if (open) $("filter").querySelector("input, textarea").focus();
}

function addCondition(field = "", operator = "eq", value = "") {
  const remove = button("Remove", () => drop(row), { "aria-label": "Remove this condition" });
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

function drop(row) {
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (neighbour?.querySelector("input") ?? $("add-condition")).focus();
  changed();
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

/** What `parsed` reads as this value again: a text that would be taken for something else is quoted. */
const writtenOf = (value) =>
  (typeof value === "string" && value && parsed(value) === value ? value : JSON.stringify(value));

function switchForm() {
  const toJson = !asJson();
  if (toJson) {
    const filter = fromConditions();
    $("filter-json").value = Object.keys(filter).length ? JSON.stringify(filter, null, 2) : "";
  } else if (!toConditions()) return;
  showForm(toJson);
  changed();
}

function showForm(json) {
  $("as-json").setAttribute("aria-pressed", String(json));
  $("filter-json-field").hidden = !json;
  $("conditions").hidden = $("add-condition").hidden = json;
}

/** Show what was written as JSON as conditions, if they can say it. */
function toConditions() {
  const filter = readFilter();
  if (!filter) return false;
  const wanted = Object.entries(filter).map(([field, value]) => [field, comparisons(value)]);
  $("conditions").replaceChildren();
  for (const [field, compared] of wanted) {
    for (const [operator, value] of Object.entries(compared)) addCondition(field, operator, writtenOf(value));
  }
  const same = JSON.stringify(fromConditions()) === JSON.stringify(Object.fromEntries(wanted));
  unsayable = same ? null : $("filter-json").value;
  if (!same) showFilterError(UNSAYABLE);
  return same;
}

const comparisons = (wanted) =>
  (wanted && typeof wanted === "object" && !Array.isArray(wanted) ? wanted : { eq: wanted });

function clear() {
  $("conditions").replaceChildren();
  $("filter-json").value = "";
  if (!asJson()) addCondition();
  changed();
}

function suggest(fields) {
  $("fields").replaceChildren(...fields.map((field) => el("option", { value: field })));
}
