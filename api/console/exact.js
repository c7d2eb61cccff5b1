// JSON with its numbers as they are written: JavaScript would make another one of 12345678901234567890.

/** As JSON.parse, but JSON.stringify writes what comes of it as it was; browsers of before 2025 round it. */
export const parse = (text) => JSON.parse(text, kept);

const kept = (name, value, { source } = {}) =>
  typeof value === "number" && String(value) !== source ? (JSON.rawJSON?.(source) ?? value) : value;
