// The state of each component, in the panel of the status line.

import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { chatLabel, chatOk } from "./chat_words.js";
import { COMPONENTS, componentLabel } from "./problems.js";

const STREAM_LABELS = { live: "on", connecting: "connecting", retrying: "off", forbidden: "not allowed" };
const STREAM_OK = { live: "yes", connecting: "", retrying: "no", forbidden: "" };

const components = Object.entries(COMPONENTS).map(([key, { name, purpose }]) => ({ key, ...componentItem(name, purpose) }));
const chat = componentItem("Chat model", "Answers questions.");
const stream = componentItem("Live updates", "Show changes as they come.");

export function startComponents() {
  $("components").append(...components.map(({ item }) => item));
  on("status", ({ components: states }) => showComponents(states));
  on("chat-read", showChat);
  on("stream-state", (state) => {
    if (!stream.item.isConnected) $("components").append(stream.item);
    setText(stream.state, STREAM_LABELS[state]);
    stream.item.dataset.ok = STREAM_OK[state];
  });
}

function componentItem(name, purpose) {
  const state = el("span", { class: "state" }, "…");
  const item = el("li", { class: "component" }, el("span", {}, name), " ", state, " ", el("small", {}, purpose));
  return { item, state };
}

/** Without a key that may ask, there is no such item. */
function showChat(known) {
  if (!chat.item.isConnected) components.at(-1).item.after(chat.item);
  setText(chat.state, chatLabel(known));
  chat.item.dataset.ok = chatOk(known);
}

function showComponents(states) {
  for (const { key, item, state } of components) {
    const known = states?.[key];
    item.dataset.ok = known ? (known.ok ? "yes" : "no") : "";
    setText(state, known ? componentLabel(key, known) : "unknown");
  }
}
