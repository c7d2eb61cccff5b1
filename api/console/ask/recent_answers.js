// Figures of the questions that this API has answered lately, from all clients.

import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { figures } from "../lib/figures.js";
import { count, duration, milliseconds, rate } from "../lib/format.js";

const REUSED = ["exact", "semantic", "shared"];

export function startRecentAnswers() {
  on("status", ({ stats }) => stats && show(stats.answers, stats.targets.first_token_p95));
}

function show(answers, target) {
  setText($("recent-answers-note"), `Questions of the last ${duration(answers.window_seconds)}, to this API, by all clients.`);
  figures($("recent-answers"), rows(answers, target));
}

function rows(answers, { target_ms: target }) {
  const { first_token: first, total, tokens_per_second: speed } = answers;
  return [
    ["Answered", count(answers.answered), `${count(reusedOf(answers))} from the cache or shared`],
    ["First words", milliseconds(first.p50_ms), timesOf(first, target)],
    ["Complete", milliseconds(total.p50_ms), timesOf(total)],
    ["Speed", speed == null ? "–" : rate(speed), "tokens per s"],
    ["Without the model", count(answers.refused + answers.quotations), `${count(answers.refused)} refused, ${count(answers.quotations)} as sentences`],
    ["Ended early", count(answers.cancelled + answers.interrupted + answers.failed), `${count(answers.cancelled)} cancelled`],
    ["Quotations", count(answers.unverified), "not in the sources"],
  ];
}

const reusedOf = ({ by_cache: uses }) => REUSED.reduce((sum, use) => sum + (uses[use] ?? 0), 0);

/** The times are of answers that the chat model wrote for a question. */
const timesOf = ({ p95_ms: p95 }, target) =>
  (p95 == null ? "none by the chat model" : `p95 ${milliseconds(p95)}${target ? `, target ${milliseconds(target)}` : ""}`);
