// The buttons of the running migration: exactly the actions that are possible now.

import { collection } from "../documents/collection.js";
import { migrationsPath, request } from "../lib/api.js";
import { confirmButton } from "../lib/confirm_button.js";
import { $, button, el, setChildren, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { isRunning } from "./words.js";

const ACTIONS = {
  pause: { label: "Pause", hint: "stops embedding stored documents for now" },
  resume: { label: "Resume", hint: "continues to embed stored documents" },
  cutover: {
    label: "Cut over",
    question: "Cut over?",
    hint: "lets searches use the new model as soon as every document is embedded under it",
  },
  rollback: { label: "Go back", question: "Go back to the old model?", hint: "lets searches use the old model again, at once" },
  finish: {
    label: "Finish",
    question: "Delete the vectors of the other model?",
    hint: "deletes the vectors of the model that searches do not use; you cannot return to it then",
  },
  abort: { label: "Abort", question: "Abort and delete?", hint: "deletes the vectors of the new model; searches are not affected" },
};
const controls = Object.fromEntries(Object.entries(ACTIONS).map(([name, action]) => [name, controlOf(name, action)]));

let current = null;
let isSending = false;

function controlOf(name, { label, question, hint }) {
  const send = () => perform(name);
  return {
    button: question ? confirmButton(label, question, send) : button(label, send),
    isHarmless: !question,
    hint: el("li", {}, el("strong", {}, label), ` ${hint}.`),
  };
}

export function startActions() {
  on("migrations-read", (items) => show(items?.find(isRunning) ?? null));
}

function show(migration) {
  if (migration?.id !== current?.id) reset(migration);
  current = migration;
  const shown = (migration?.actions ?? []).filter((name) => controls[name]).map((name) => controls[name]);
  const hadFocus = $("actions").contains(document.activeElement);
  setChildren($("actions"), shown.map((control) => control.button));
  setChildren($("action-hints"), shown.map(({ hint }) => hint));
  if (hadFocus && !$("actions").contains(document.activeElement)) focusAfter(shown);
  $("allow-failures").hidden = !(migration?.progress.failed && migration.actions.includes("cutover"));
}

/** The focused button has gone. Where Enter would ask for the opposite, the focus goes to the title. */
function focusAfter(shown) {
  const harmless = shown.find(({ isHarmless }) => isHarmless);
  (harmless?.button ?? $("migration-title")).focus();
}

function reset(migration) {
  setText($("action-error"), "");
  $("allowed").value = migration?.allow_failed?.join("\n") ?? "";
  $("allow-failures").open = false;
}

async function perform(name) {
  if (isSending) return;
  isSending = true;
  setText($("action-error"), "");
  try {
    await request(`${migrationsPath(current.collection)}/${current.id}/${name}`, { method: "POST", body: bodyOf(name) });
  } catch (problem) {
    setText($("action-error"), problem.message);
  } finally {
    isSending = false;
    emit("migration-changed", { collection: collection() });
  }
}

function bodyOf(name) {
  if (name !== "cutover" || $("allow-failures").hidden) return {};
  return { allow_failed: $("allowed").value.split("\n").filter(Boolean) };
}
