// A filter as JSON text.

/** The filter in a text. Throws an Error with a message for people. */
export function filterOf(text) {
  if (!text.trim()) return {};
  const value = parse(text);
  if (value && typeof value === "object" && !Array.isArray(value)) return value;
  throw new Error("The filter must be a JSON object, for example {\"lang\": \"en\"}.");
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The filter is not valid JSON${placeOf(error.message)}.`);
  }
}

/** Where the text stops being JSON, as far as the browser says so. */
function placeOf(message) {
  const [, line, column] = message.match(/line (\d+) column (\d+)/) ?? [];
  if (line) return ` in line ${line} at character ${column}`;
  if (/end|EOF/.test(message)) return ": its end is missing";
  const [, token] = message.match(/token (.+?), /) ?? [];
  return token ? ` near ${token}` : "";
}
