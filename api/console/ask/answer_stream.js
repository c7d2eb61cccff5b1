// Asks a question and receives the events of its answer.

import { openStream, Problem } from "../lib/api.js";
import { EventParser, textOf } from "../lib/event_parser.js";

const UNREACHABLE = "The API cannot be reached.";
const LOST = "The connection was lost before the answer ended.";
const LAST_EVENTS = ["done", "error"];

/**
 * Ask, and call `receive` with the name and the data of each event.
 * Throws a Problem if the API refuses or the stream ends early, and an AbortError if `signal` aborts.
 */
export async function streamAnswer(question, signal, receive) {
  let hasEnded = false;
  const parser = new EventParser(({ event, data }) => {
    if (!event) return; // a comment
    hasEnded = LAST_EVENTS.includes(event);
    receive(event, JSON.parse(data));
  });
  for await (const text of received(question, signal)) {
    parser.feed(text);
    if (hasEnded) return;
  }
  throw new Problem(0, LOST);
}

async function* received(question, signal) {
  let failure = UNREACHABLE;
  try {
    const body = await openStream("/v1/ask", question, signal);
    failure = LOST;
    yield* textOf(body);
  } catch (error) {
    if (signal.aborted || error instanceof Problem) throw error;
    throw new Problem(0, failure);
  }
}
