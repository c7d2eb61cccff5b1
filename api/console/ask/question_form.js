// The question box: Enter asks, Escape stops.

import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { isSlash } from "../lib/slash.js";
import * as urlState from "../lib/url_state.js";
import { filterParameter, readFilter, startFilter } from "../search/filter.js";
import { ask, goOn, hasTurns, isAnswering, stop } from "./conversation.js";

const STILL_ANSWERING = "The answer is still being written. Stop it first, or wait.";

const openedWith = urlState.read("q")?.trim();

export function startQuestionForm() {
  startFilter(keepFilter);
  $("ask").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  $("question").addEventListener("keydown", submitOnEnter);
  $("question").addEventListener("input", () => setText($("question-error"), ""));
  $("stop").addEventListener("click", stopAndContinue);
  document.addEventListener("keydown", handleKey);
  on("answer-begun", () => { $("stop").hidden = false; });
  on("answer-ended", end);
}

function keepFilter() {
  const filter = readFilter();
  if (filter) urlState.write({ filter: filterParameter(filter) });
}

/** Ask the question that the page was opened with, unless the user was faster. */
export function askFromUrl() {
  if (openedWith && !hasTurns()) ask(openedWith);
}

function submitOnEnter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!event.repeat) submit();
}

function submit() {
  const question = $("question").value.trim();
  if (!question) return $("question").focus();
  if (isAnswering()) return setText($("question-error"), STILL_ANSWERING);
  if (!ask(question)) return;
  $("question").value = "";
  goOn();
}

function stopAndContinue() {
  stop();
  goOn();
}

function end() {
  const hadFocus = document.activeElement === $("stop");
  $("stop").hidden = true;
  setText($("question-error"), "");
  if (hadFocus) goOn();
}

function handleKey(event) {
  if (event.key === "Escape" && isAnswering() && !isSomethingOpen()) return stopAndContinue();
  if (!isSlash(event) || isSomethingOpen()) return;
  event.preventDefault();
  $("question").focus();
}

/** Whether Escape closes something. */
const isSomethingOpen = () => document.querySelector("dialog[open], :popover-open") !== null;
