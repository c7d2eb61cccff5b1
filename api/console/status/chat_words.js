// What it means that no chat model answers, as GET /v1/ask/status says it.

import { el } from "../lib/dom.js";

/** What follows from having no chat model, and what to do. */
export const chatEffect = ({ detail }) => `Ask shows sentences of the documents instead of answers. ${detail ?? ""}`.trim();

/** The state in a word or two. Without a name, nobody wants a chat model. */
export const chatLabel = ({ available, model }) => (available ? "answers" : model ? "not available" : "none");

/** Whether it works, for the style of an item; empty if nobody wants a chat model. */
export const chatOk = ({ available, model }) => (available ? "yes" : model ? "no" : "");

/** What is wrong, as a list of no or one problem. */
export const chatProblems = (chat) =>
  (chat?.model && !chat.available ? [{ name: "Chat model not available", text: `No chat model is available. ${chatEffect(chat)}` }] : []);

/** A text, in which a command is code. */
export const withCommand = (text) =>
  text.split(/(ollama pull \S+)/).map((part, index) => (index % 2 ? el("code", {}, part) : part));
