// Which workers and components run, and why one does not.

import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { plural } from "../lib/format.js";
import { chatEffect, chatLabel, chatOk } from "../status/chat_words.js";
import { COMPONENTS, componentLabel, pauseSentence } from "../status/problems.js";

const rows = Object.entries(COMPONENTS).map(([key, { name, purpose }]) => ({ key, ...row(name, purpose) }));

const chat = row("Chat model", "Answers questions.");

export function startParts() {
  $("parts").append(...rows.map(({ element }) => element));
  on("chat-read", showChat);
  on("status", ({ components, stats }) => rows.forEach((each) => show(each, components?.[each.key], stats)));
}

function row(name, purpose) {
  const state = el("span", { class: "state" }, "…");
  const sentence = el("p", { class: "note" }, purpose);
  const element = el("li", { class: "part" }, el("span", { class: "part-name" }, name), state, sentence);
  return { element, state, sentence, purpose };
}

/** Without a key that may ask, there is no such part. */
function showChat(known) {
  if (!chat.element.isConnected) $("parts").append(chat.element);
  chat.element.dataset.ok = chatOk(known);
  setText(chat.state, chatLabel(known));
  setText(chat.sentence, known.available ? chat.purpose : chatEffect(known));
}

function show({ key, element, state, sentence, purpose }, part, stats) {
  element.dataset.ok = part ? (part.ok ? "yes" : "no") : "";
  setText(state, part ? labelOf(key, part, stats) : "unknown");
  setText(sentence, part && !part.ok ? reasonOf(key, part, stats) : purpose);
}

const labelOf = (key, part, stats) =>
  (key === "worker" && part.ok && stats ? `${plural(stats.workers, "worker runs", "workers run")}` : componentLabel(key, part));

const reasonOf = (key, { detail }, stats) => (key === "worker" && stats?.paused_reason ? pauseSentence(stats.paused_reason) : capitalized(detail));

const capitalized = (text) => `${text[0].toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
