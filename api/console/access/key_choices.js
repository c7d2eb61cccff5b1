// What a key may do: common choices, and a box for each action.

import { currentCaller, may } from "../lib/caller.js";
import { $, el, setText } from "../lib/dom.js";
import { ACTIONS, EVERY_ACTION } from "./words.js";

const READ = ["search", "ask", "documents.read"];
const PRESETS = {
  search: ["Search only", ["search"]],
  read: ["Read", READ],
  write: ["Write", [...READ, "documents.write"]],
  operator: ["Operator", [...EVERY_ACTION, "operator"]],
};
const NONE = "Check at least one thing that the key may do.";
const NOT_OPERATOR = "The first key must be an operator’s: check Operator.";

const boxes = () => [...$("key-actions").querySelectorAll("input")];
const boxOf = (action) => boxes().find(({ value }) => value === action);

/** While no key exists, the user has none. */
export const isFirstKey = () => currentCaller()?.key === null;

export const checkedActions = () => boxes().filter(({ checked }) => checked).map(({ value }) => value);

export function startKeyChoices() {
  const possible = Object.entries(PRESETS).filter(([, [, actions]]) => actions.every((action) => may(action)));
  $("key-presets").hidden = !possible.length;
  $("key-presets").append(...possible.map(preset));
  $("key-actions").replaceChildren(...Object.entries(ACTIONS).map(choice));
  $("key-presets").addEventListener("change", ({ target }) => { placeError($("key-presets")); checkActions(PRESETS[target.value][1]); });
  $("key-actions").addEventListener("change", ({ target }) => { placeError(target.closest(".choice")); showChosen(); });
}

const preset = ([value, [label]]) =>
  el("label", {}, el("input", { type: "radio", name: "preset", value }), el("span", {}, label));

function choice([action, [label, description]]) {
  return el("label", { class: "choice", hidden: !may(action) },
    el("input", { type: "checkbox", value: action, "aria-describedby": "key-actions-error" }),
    el("span", {}, el("strong", {}, label), el("small", {}, description)));
}

/** A new key may do little, but the first one must be an operator's. */
export function chooseUsual() {
  const [, actions] = PRESETS[isFirstKey() ? "operator" : "search"];
  checkActions(actions.filter((action) => may(action)));
}

export function checkActions(actions) {
  for (const box of boxes()) box.checked = actions.includes(box.value);
  showChosen();
}

function showChosen() {
  const chosen = checkedActions();
  const isChosen = ([, actions]) => actions.length === chosen.length && actions.every((action) => chosen.includes(action));
  for (const radio of $("key-presets").querySelectorAll("input")) radio.checked = isChosen(PRESETS[radio.value]);
  setText($("key-actions-error"), isFirstKey() ? problemOfFirst() : "");
}

/** What is wrong is said below the choice that causes it. */
const placeError = (choice) => choice.after($("key-actions-error"));

const problemOfFirst = () => (boxOf("operator").checked ? "" : NOT_OPERATOR);

/** Say what is wrong with the choice, at the boxes. Return whether anything is. */
export function refuseChoice() {
  const problem = isFirstKey() ? problemOfFirst() : checkedActions().length ? "" : NONE;
  if (problem) showRefused(problem, isFirstKey() ? boxOf("operator") : boxes().find((box) => may(box.value)));
  return problem !== "";
}

function showRefused(problem, box) {
  placeError(box.closest(".choice"));
  setText($("key-actions-error"), problem);
  box.focus();
}
