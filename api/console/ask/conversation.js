// The conversation: its questions and answers, and the one that is being answered.

import { collection } from "../documents/collection.js";
import { Problem } from "../lib/api.js";
import { $, setChildren, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import * as urlState from "../lib/url_state.js";
import { readFilter, refuseFilter } from "../search/filter.js";
import { streamAnswer } from "./answer_stream.js";
import { forgetConversation, keepConversation, keptConversation } from "./kept_conversation.js";
import { Turn } from "./turn.js";

const HISTORY_MESSAGES = 50; // the API accepts no more
const HISTORY_BYTES = 90_000;
const encoder = new TextEncoder();

let turns = [];
let running = null; // aborts the answer in progress

export const isAnswering = () => running !== null;
export const hasTurns = () => turns.length > 0;

export function startConversation() {
  $("new-conversation").addEventListener("click", startAnew);
  history.scrollRestoration = "manual"; // the conversation comes later than the browser scrolls
  window.addEventListener("pagehide", keep);
  on("signed-out", () => window.removeEventListener("pagehide", keep));
}

const keep = () =>
  keepConversation(turns.map(({ question, collection, filter, events }) => ({ question, collection, filter, events })));

/** Show the conversation that was on the page when the user left it. Return whether there was one for this address. */
export function restoreConversation() {
  const kept = turns.length ? null : keptConversation();
  if (!kept) return false;
  try {
    kept.turns.forEach(replay);
    setTurns(turns);
    urlState.write({ q: turns[0].question });
    window.scrollTo(0, kept.scroll);
  } catch {
    setTurns([]);
    forgetConversation(); // nobody can read it
  }
  announce(""); // nothing of it is news
  return hasTurns();
}

function replay({ question, events, ...place }) {
  const turn = turnOf(question, place);
  turns.push(turn);
  turn.replay(events);
}

/** Ask a question. Return whether it was asked: an invalid filter is shown instead. */
export function ask(question) {
  const filter = readFilter();
  if (!filter || isAnswering()) return false;
  pose(question, { collection: collection(), filter });
  return true;
}

function pose(question, place, options = {}) {
  const history = historyOf(turns);
  const turn = turnOf(question, place);
  setTurns([...turns, turn]);
  if (turns.length === 1) urlState.write({ q: question });
  turn.element.scrollIntoView({ block: "start" });
  answer(turn, { question, ...bodyOf(place), ...(history.length && { history }), ...options });
}

const bodyOf = ({ collection, filter }) => ({ collection, ...(Object.keys(filter).length && { filter }) });

const turnOf = (question, place) => new Turn(question, { ...place, announce, askAgain, isSaid });

export function stop() {
  running?.abort();
}

async function answer(turn, body) {
  const mine = (running = new AbortController());
  emit("answer-begun");
  try {
    await streamAnswer({ ...body, stream: true }, mine.signal, (event, data) => turn.receive(event, data));
  } catch (problem) {
    if (mine.signal.aborted) return turn.stop();
    showProblem(turn, problem);
    if (!(problem instanceof Problem)) throw problem;
  } finally {
    if (mine === running) running = null;
    emit("answer-ended");
  }
}

function showProblem(turn, problem) {
  const filterError = problem.errors?.find(({ path }) => path[0] === "filter");
  if (filterError) {
    refuseFilter(`${filterError.path.slice(1).join(" ") || "The filter"} ${filterError.message}`);
    turn.filter = null; // the user mends it in the form
  }
  turn.fail(problem);
}

const isSaid = (notice, turn) => turns.some((other) => other !== turn && other.notice === notice);

/** Ask the question of a turn again where it was asked, as the latest. The earlier answer is removed. */
function askAgain(turn, options = {}) {
  const filter = turn.filter ?? readFilter();
  if (!filter || isAnswering()) return;
  setTurns(turns.filter((each) => each !== turn));
  pose(turn.question, { collection: turn.collection, filter }, options);
  goOn();
}

/** Be ready for the next question. On a touch screen the keyboard would hide the answer, so it closes. */
export function goOn() {
  if (matchMedia("(pointer: coarse)").matches) $("question").blur();
  else $("question").focus();
}

function startAnew() {
  stop();
  setTurns([]);
  forgetConversation();
  urlState.write({ q: "" });
  announce("");
  $("question").focus();
}

function setTurns(changed) {
  turns = changed;
  setChildren($("turns"), turns.map(({ element }) => element));
  $("conversation-heading").hidden = !turns.length;
  $("before-conversation").hidden = turns.length > 0;
}

/** The latest questions and answers that the API accepts. */
function historyOf(earlier) {
  const messages = earlier.filter(({ hasAnswer }) => hasAnswer).flatMap((turn) => [
    { role: "user", content: turn.question },
    { role: "assistant", content: turn.answer.text },
  ]);
  let bytes = 0;
  let first = messages.length;
  while (first > 0 && messages.length - first < HISTORY_MESSAGES) {
    bytes += encoder.encode(JSON.stringify(messages.slice(first - 2, first))).length;
    if (bytes > HISTORY_BYTES) break;
    first -= 2;
  }
  return messages.slice(first);
}

function announce(text) {
  setText($("announcement"), text);
}
