// Asks for a key in a dialog over the page. The page goes on where it was.

import { callerOf, isLikeCaller, setCaller } from "../lib/caller.js";
import { button, el, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { forgetTab, rememberKey, useKey } from "../lib/session.js";

const NOT_IN_A_KEY = /[^\x21-\x7e]/;

// Without a name, no browser sends or restores the field.
const field = el("input", {
  id: "sign-in-key", type: "password", class: "mono", required: true, autocomplete: "off", spellcheck: "false",
  "aria-describedby": "sign-in-hint sign-in-error",
});
const showButton = button("Show", toggle, { "aria-pressed": "false", "aria-label": "Show the key" });
const submitButton = el("button", { class: "primary", type: "submit" }, "Sign in");
const reason = el("p", { id: "sign-in-reason" });
const error = el("p", { id: "sign-in-error", class: "error", role: "alert" });
const dialog = el("dialog", { class: "sign-in", "aria-labelledby": "sign-in-title", "aria-describedby": "sign-in-reason" },
  el("h2", { id: "sign-in-title" }, "Sign in"),
  reason,
  el("form", { submit },
    el("label", { for: "sign-in-key" }, "Key"),
    el("div", { class: "secret-field" }, field, showButton),
    el("p", { id: "sign-in-hint", class: "note" }, "This tab keeps the key until you close the tab or sign out."),
    error,
    submitButton),
  el("p", { class: "note" }, "Whoever runs this Inkdex makes keys: on the page Access, or with ",
    el("code", {}, "make key NAME=…"), " or ", el("code", {}, "inkdex make-key …"), " on the server."));

let isNeeded = false;

export function startSignIn() {
  document.body.append(dialog);
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => isNeeded && dialog.showModal());
  on("key-needed", ask);
}

function ask({ type, detail }) {
  setText(reason, type === "key-missing" ? "This page needs a key." : detail);
  isNeeded = true;
  dialog.showModal();
  field.focus();
}

function toggle() {
  const isShown = field.type === "text";
  field.type = isShown ? "password" : "text";
  showButton.setAttribute("aria-pressed", String(!isShown));
}

async function submit(event) {
  event.preventDefault();
  const key = field.value.trim();
  setText(error, "");
  if (NOT_IN_A_KEY.test(key)) return setText(error, "A key has no spaces and no letters with accents. Copy it again.");
  submitButton.disabled = true;
  try {
    enter(key, await callerOf(key));
  } catch (problem) {
    setText(error, problem.message);
    field.focus();
  }
  submitButton.disabled = false;
}

/** Go on with the page, unless it shows what the owner of the key may not see. */
function enter(key, caller) {
  if (!isLikeCaller(caller)) {
    emit("signed-out");
    forgetTab();
    rememberKey(key);
    return location.reload();
  }
  isNeeded = false;
  field.value = "";
  if (field.type === "text") toggle();
  dialog.close();
  setCaller(caller);
  useKey(key);
}
