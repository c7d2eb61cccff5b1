// Says which chat model answers, or why none does.

import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { withCommand } from "../status/chat_words.js";

const WITHOUT_MODEL = "The best sentences of the documents stand in for an answer.";

export function startChatState() {
  on("chat-read", show);
}

function show(chat) {
  setText($("chat-state"), chat.available ? `${chat.model} answers.` : "");
  $("without-model").replaceChildren(...(chat.available ? [] : withCommand([chat.detail, WITHOUT_MODEL].filter(Boolean).join(" "))));
}
