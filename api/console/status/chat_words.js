// What it means that no chat model answers, as GET /v1/ask/status says it.

import { el } from "../lib/dom.js";

/** Two sentences: what follows, and what to do. */
const withoutModel = ({ detail }) =>
  `No chat model is available, so Ask shows sentences of the documents instead of answers. ${detail ?? ""}`.trim();

/** The state in a word or two. Without a name, nobody wants a chat model. */
export const chatLabel = ({ available, model }) => (available ? "answers" : model ? "not available" : "none");

/** What is wrong, as a list of no or one problem. */
export const chatProblems = (chat) =>
  (chat?.model && !chat.available ? [{ name: "Chat model not available", text: withoutModel(chat) }] : []);

/** A text, in which a command is code. */
export const withCommand = (text) =>
  text.split(/(ollama pull \S+)/).map((part, index) => (index % 2 ? el("code", {}, part) : part));
