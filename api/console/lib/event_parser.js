// Parses `text/event-stream`, where an empty line ends an event.

export class EventParser {
  #rest = "";
  #fields = {};
  #receive;

  /** `receive` is called with the fields of each event: { id, event, data }. */
  constructor(receive) {
    this.#receive = receive;
  }

  feed(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) this.#parseLine(line.replace(/\r$/, ""));
  }

  #parseLine(line) {
    if (line === "") return this.#endEvent();
    const [name, value] = line.split(/: ?(.*)/s, 2);
    if (name) this.#fields[name] = value ?? "";
  }

  #endEvent() {
    const fields = this.#fields;
    this.#fields = {};
    this.#receive(fields);
  }
}

/** The text of a response's body, piece by piece. */
export async function* textOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}
