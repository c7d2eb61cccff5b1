// Asks a question and receives the events of its answer.

import { openStream, Problem } from "../lib/api.js";
import { EventParser, textOf } from "../lib/event_parser.js";

const SILENCE_MS = 60_000; // the API sends a comment more often
const UNREACHABLE = "The API cannot be reached.";
const LOST = "The connection was lost before the answer ended.";
const SILENT = "The API has sent nothing for a minute.";
const LAST_EVENTS = ["done", "error"];

/**
 * Ask, and call `receive` with the name and the data of each event.
 * Throws a Problem if the API refuses or the stream ends early, and an AbortError if `signal` aborts.
 */
export async function streamAnswer(question, signal, receive) {
  const silence = new Silence();
  let hasBegun = false;
  let hasEnded = false;
  const parser = new EventParser(({ event, data }) => {
    if (!event || hasEnded) return;
    hasEnded = LAST_EVENTS.includes(event);
    receive(event, JSON.parse(data));
  });
  try {
    const body = await openStream("/v1/ask", question, AbortSignal.any([signal, silence.signal]));
    hasBegun = true;
    for await (const text of textOf(body)) {
      silence.restart();
      parser.feed(text);
    }
  } catch (error) {
    if (signal.aborted || error instanceof Problem) throw error;
    if (hasEnded) return;
    throw new Problem(0, silence.signal.aborted ? SILENT : hasBegun ? LOST : UNREACHABLE);
  } finally {
    silence.stop();
  }
  if (!hasEnded) throw new Problem(0, LOST);
}

/** Aborts when nothing was received for too long. */
class Silence {
  #controller = new AbortController();
  #timer;

  constructor() {
    this.restart();
  }

  get signal() {
    return this.#controller.signal;
  }

  restart() {
    this.stop();
    this.#timer = setTimeout(() => this.#controller.abort(), SILENCE_MS);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
