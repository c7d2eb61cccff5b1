// A dialog that asks before something that cannot be undone.

import { $, setText } from "../lib/dom.js";

let typed = "";
let answer = () => {};

export function startQuestion() {
  $("question").addEventListener("close", () => answer($("question").returnValue === "yes"));
  $("question-cancel").addEventListener("click", () => $("question").close("no"));
  $("question-typed").addEventListener("input", () => setText($("question-error"), ""));
  $("question-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if ($("question-typed").value.trim() === typed) return $("question").close("yes");
    setText($("question-error"), "The name does not match.");
    $("question-typed").focus();
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
  setText($("question-error"), "");
  $("question").returnValue = "no";
  $("question").showModal();
  (name ? $("question-typed") : $("question-cancel")).focus();
  return new Promise((resolve) => { answer = resolve; });
}
