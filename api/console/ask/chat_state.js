// Says which chat model answers, or why none does.

import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { withCommand } from "../status/chat_words.js";

const WITHOUT_MODEL = "You get their best sentences instead of an answer, each with its source.";

let seen = ""; // the reason that was shown last

export function startChatState() {
  on("chat-read", show);
}

function show(chat) {
  setText($("chat-state"), chat.available ? `${chat.model} answers.` : "No chat model answers.");
  $("with-model").hidden = !chat.available;
  $("without-model").replaceChildren(...(chat.available ? [] : withCommand([WITHOUT_MODEL, chat.detail].filter(Boolean).join(" "))));
  if (!$("before-conversation").hidden) seen = chat.detail ?? "";
}

/** Whether the page has said why no model answers. Beside a conversation, nobody sees it. */
export const isExplained = (detail) => Boolean(detail) && seen.includes(detail);
