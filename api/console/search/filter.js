// The filter of a search, entered as conditions or as JSON.

import { $, el, hide, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import * as urlState from "../lib/url_state.js";
import { addCondition, clearConditions, conditionsFilter, showConditions } from "./filter_conditions.js";
import { filterOf } from "./filter_json.js";

const JSON_ONLY = "Conditions cannot express this filter. It stays as JSON.";

let onchange = () => {};
let jsonOnly = null; // the JSON text that could not be shown as conditions
const isJson = () => $("filter-as-json").getAttribute("aria-pressed") === "true";

export function startFilter(listener) {
  onchange = listener;
  $("filter-toggle").addEventListener("click", toggle);
  $("add-condition").addEventListener("click", () => addCondition(afterRemoval).querySelector("input").focus());
  $("filter-as-json").addEventListener("click", switchForm);
  $("clear-filter").addEventListener("click", clear);
  $("filter").addEventListener("input", onchange);
  for (const id of ["filter", "filter-toggle"]) $(id).addEventListener("keydown", closeByEscape);
  on("fields-found", suggestFields);
  restore(urlState.read("filter"));
}

/** The filter for the API. If it is invalid, show why and return null. */
export function readFilter() {
  try {
    const filter = isJson() ? filterOf($("filter-json").value) : conditionsFilter();
    showNumber(Object.keys(filter).length);
    showFilterError(isJson() && $("filter-json").value === jsonOnly ? JSON_ONLY : "");
    return filter;
  } catch (error) {
    refuseFilter(error.message);
    return null;
  }
}

export const closeFilter = () => setOpen(false);

/** Show another filter, and tell that it has changed. */
export function setFilter(filter) {
  show(JSON.stringify(filter));
  if (!Object.keys(filter).length) setOpen(false);
  onchange();
}

/** The filter as it stands in the page's URL. */
export const filterParameter = (filter) => (Object.keys(filter).length ? JSON.stringify(filter) : "");

const showNumber = (conditions) => setText($("filter-toggle"), conditions ? `Filter (${conditions})` : "Filter");

/** Say what is wrong with the filter, where it can be mended. */
export function refuseFilter(text) {
  showNumber(0);
  showFilterError(text);
  setOpen(true);
}

function showFilterError(text) {
  setText($("filter-error"), text);
  $("filter-json").setAttribute("aria-invalid", String(Boolean(text)));
}

/** Show the filter from the page's URL. */
function restore(text) {
  if (!text) return;
  show(text);
  setOpen(true);
}

/** Show a filter, as conditions if possible. */
function show(text) {
  $("filter-json").value = text;
  showForm(true);
  if (switchToConditions()) showForm(false);
  jsonOnly = null; // the user did not ask for conditions
}

function setOpen(open) {
  if (open) $("filter").hidden = false;
  else hide($("filter"), $("filter-toggle"));
  $("filter-toggle").setAttribute("aria-expanded", String(open));
}

function toggle() {
  const open = $("filter").hidden;
  setOpen(open);
  if (open && !isJson() && !$("conditions").children.length) addCondition(afterRemoval);
  if (open) $("filter").querySelector("input, textarea").focus();
}

/** Close it, and nothing else by the same key. */
function closeByEscape(event) {
  if (event.key !== "Escape" || event.isComposing || $("filter").hidden) return;
  event.stopPropagation();
  setOpen(false);
}

/** Without conditions there is nothing to see. */
function afterRemoval() {
  if (!$("conditions").children.length) setOpen(false);
  onchange();
}

function switchForm() {
  const toJson = !isJson();
  if (toJson) {
    const filter = conditionsFilter();
    $("filter-json").value = Object.keys(filter).length ? JSON.stringify(filter, null, 2) : "";
  } else if (!switchToConditions()) return;
  showForm(toJson);
  onchange();
}

function showForm(json) {
  $("filter-as-json").setAttribute("aria-pressed", String(json));
  $("filter-json-field").hidden = !json;
  $("conditions").hidden = $("add-condition").hidden = json;
}

/** Turn the JSON into conditions. Return whether they express the same filter. */
function switchToConditions() {
  const filter = readFilter();
  if (!filter) return false;
  const same = showConditions(filter, afterRemoval);
  jsonOnly = same ? null : $("filter-json").value;
  if (!same) showFilterError(JSON_ONLY);
  return same;
}

function clear() {
  clearConditions();
  $("filter-json").value = "";
  if (!isJson()) addCondition(afterRemoval);
  onchange();
}

function suggestFields(fields) {
  $("fields").replaceChildren(...fields.map((field) => el("option", { value: field })));
}
