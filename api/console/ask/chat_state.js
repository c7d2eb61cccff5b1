// Says which chat model answers, or why none does.

import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";

export function startChatState() {
  on("stream-state", (state) => ["live", "forbidden"].includes(state) && show());
  on("answer-ended", show);
}

async function show() {
  if (!may("ask")) return;
  try {
    setText($("chat-state"), sentence(await request("/v1/ask/status")));
  } catch {
    // The connection banner reports it. It is read again after the next answer.
  }
}

function sentence({ model, available, detail }) {
  if (available) return `${model} answers.`;
  return ["No chat model is available, so answers are sentences of the documents.", detail].filter(Boolean).join(" ");
}
