// A filter as JSON text.

import { mistakeIn, parseTyped } from "../lib/typed_json.js";

/** The filter in a text. Throws an Error with a message for people. */
export function filterOf(text) {
  if (!text.trim()) return {};
  const value = parse(text);
  if (value && typeof value === "object" && !Array.isArray(value)) return value;
  throw new Error("The filter must be a JSON object, for example {\"lang\": \"en\"}.");
}

function parse(text) {
  try {
    return parseTyped(text);
  } catch (error) {
    throw new Error(`The filter is not valid JSON: ${mistakeIn(error, text)}.`);
  }
}
