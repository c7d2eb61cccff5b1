// Parses JSON without rounding numbers that JavaScript cannot represent, such as 12345678901234567890.

/** Like JSON.parse, but JSON.stringify writes each number as it was. Browsers from before 2025 round it. */
export const parse = (text) => JSON.parse(text, keepNumber);

const keepNumber = (name, value, { source } = {}) =>
  typeof value === "number" && String(value) !== source ? (JSON.rawJSON?.(source) ?? value) : value;
