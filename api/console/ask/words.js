// Says what happened to a question, in words.

import { count, duration, plural } from "../lib/format.js";

const seconds = (number) => duration(Math.ceil(number)).replace(".0", "");

export function queued({ place, wait_seconds: wait }) {
  const position = place === 1 ? "Your question is next." : `${plural(place - 1, "question")} before yours.`;
  return `Waiting for the chat model. ${position}${wait == null ? "" : ` It starts in about ${seconds(wait)}.`}`;
}

export function found(sources) {
  return sources.length ? `Found ${plural(sources.length, "source")}. The answer is being written…` : "Nothing was found.";
}

const SERVED = {
  quotations: "These are the best sentences of the documents, not an answer by a model.",
  nothing: "The sources are only the nearest passages. No model has read them.",
};

export function degraded({ served, detail }) {
  return [SERVED[served], detail].filter(Boolean).join(" ") || "A part of the system is not available.";
}

const SERVED_AGAIN = { quotations: "The best sentences of the documents.", nothing: "The nearest passages." };

/** The same for an answer in a conversation that has said it already: in short, if it is about the chat model. */
export const degradedAgain = (what) => SERVED_AGAIN[what.served] ?? degraded(what);

/** Whether the chat model has written an answer that names sources. */
export const namesSources = ({ citation_counts: citations, finish_reason: reason }) => isWritten(reason) && citations.references > 0;

const isWritten = (reason) => ["stop", "length"].includes(reason);

/**
 * Sentences about an answer that is not what was asked for, or not all of it. `weak` counts its weak references, `uncited`
 * its sentences that name no source.
 */
export function remarks({ citation_counts: citations, finish_reason: reason, usage, history_left_out: messages }, { weak, uncited }) {
  return [
    reason === "length" && `The answer was cut at its limit${usage ? ` of ${plural(usage.completion_tokens, "token")}` : ""}.`,
    reason === "interrupted" && "The chat model stopped before the answer ended.",
    isWritten(reason) && !citations.references && UNSOURCED,
    uncited > 0 && `${plural(uncited, "sentence")} with a dashed line ${uncited === 1 ? "names" : "name"} no source.`,
    weak > 0 && `${plural(weak, "number")} with a dashed line ${weak === 1 ? "leads" : "lead"} to a source that has few words of the sentence.`,
    citations.unverified > 0 && unverified(citations.unverified),
    citations.removed > 0 && `${plural(citations.removed, "number")} that named no source ${was(citations.removed)} removed.`,
    messages > 0 && `There was no room for the first ${plural(messages, "message")} of the conversation.`,
  ].filter(Boolean);
}

const UNSOURCED = "The answer names no source. Nothing shows that it comes from the documents.";

const was = (number) => (number === 1 ? "was" : "were");

const unverified = (number) =>
  `${plural(number, "quotation")} ${number === 1 ? "is marked because its words are" : "are marked because their words are"} ` +
  "in none of the sources. The model may have changed or invented them.";

const CACHES = {
  miss: "Generated for this question.",
  exact: "From the cache: the same question with the same sources.",
  semantic: "From the cache: a similar question with the same sources.",
  shared: "Shared with an equal question that was being answered.",
  off: "Generated for this question, without the cache.",
};

export const cache = (kind) => CACHES[kind] ?? kind;

export const similarQuestion = (question) => `This answer was made for a similar question: “${question}”`;

/** What a failed request means, and what to do. */
export function failure({ status, type = "", message, errors = [], retryAfter }) {
  if (status === 429 && !type.endsWith(":rate-limited")) return `Too many questions are waiting. Ask again${retryAfter ? ` in ${seconds(retryAfter)}` : " later"}.`;
  return [message, ...errors.map(({ path, message: reason }) => `${path.join(" ")}: ${reason}.`)].join(" ");
}

export const tokens = (usage) => `${count(usage.prompt_tokens)} in, ${count(usage.completion_tokens)} out`;
