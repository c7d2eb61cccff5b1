// Says which chat model answers, or why none does.

import { request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { withCommand } from "./words.js";

const WITHOUT_MODEL = "No chat model is available, so answers are sentences of the documents. ";

export function startChatState() {
  on("stream-state", (state) => ["live", "forbidden"].includes(state) && show());
  on("answer-ended", show);
}

async function show() {
  if (!may("ask")) return;
  try {
    const { model, available, detail } = await request("/v1/ask/status");
    setText($("chat-state"), available ? `${model} answers.` : "");
    $("without-model").replaceChildren(...(available ? [] : [WITHOUT_MODEL, ...withCommand(detail ?? "")]));
  } catch {
    // The connection banner reports it. It is read again after the next answer.
  }
}
