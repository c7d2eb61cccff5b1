// Splits a file into lines as it streams, so that it may be larger than memory.

export const ITEM_MAX_BYTES = 8 * 1024 * 1024; // the longest line that the API takes
const NEWLINE = 10;

/** Yield { bytes, end } for each line. `bytes` is null if the line is too long; `end` is the position after it. */
export async function* lines(file) {
  const line = new LineBuffer();
  let before = 0;
  for await (const chunk of chunks(file)) {
    let start = 0;
    for (let end; (end = chunk.indexOf(NEWLINE, start)) >= 0; start = end + 1) {
      line.add(chunk.subarray(start, end));
      yield { bytes: line.take(), end: before + end + 1 };
    }
    line.add(chunk.subarray(start));
    before += chunk.length;
  }
  if (line.size) yield { bytes: line.take(), end: before };
}

/** The parts of one line. A line that becomes too long is dropped. */
class LineBuffer {
  parts = [];
  size = 0;

  add(part) {
    this.size += part.length;
    if (this.size > ITEM_MAX_BYTES) this.parts = [];
    else this.parts.push(part);
  }

  take() {
    const bytes = this.size > ITEM_MAX_BYTES ? null : join(this.parts, this.size);
    this.parts = [];
    this.size = 0;
    return bytes;
  }
}

async function* chunks(file) {
  const reader = file.stream().getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function join(parts, size) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
