// A dialog that asks before something that cannot be undone.

import { $, setText } from "../lib/dom.js";

let typed = "";
let answer = () => {};

export function startQuestion() {
  $("question").addEventListener("close", () => answer($("question").returnValue === "yes"));
  $("question-cancel").addEventListener("click", () => $("question").close("no"));
  $("question-typed").addEventListener("input", check);
  $("question-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!$("question-action").disabled) $("question").close("yes");
  });
}

/** Ask. With `name`, the user has to type it. Returns whether the answer is yes. */
export function ask({ title, text, action, name = "" }) {
  typed = name;
  setText($("question-title"), title);
  setText($("question-text"), text);
  setText($("question-action"), action);
  setText($("question-name"), name);
  $("question-typed-field").hidden = !name;
  $("question-typed").value = "";
  check();
  $("question").returnValue = "no";
  $("question").showModal();
  (name ? $("question-typed") : $("question-cancel")).focus();
  return new Promise((resolve) => { answer = resolve; });
}

function check() {
  $("question-action").disabled = $("question-typed").value.trim() !== typed;
}
