// JSON as people type it, and what is wrong with it in words.

/** Parse a text. Curly quotes, which phones type, count as straight ones if it is not valid otherwise. Throws what `parse` throws. */
export function parseTyped(text, parse = JSON.parse) {
  try {
    return parse(text);
  } catch (error) {
    try {
      return parse(text.replace(/[“”„]/g, "\""));
    } catch {
      throw error;
    }
  }
}

/** What is wrong, as far as the browser's error says where. It may quote the text, so its beginning and end count. */
export function mistakeIn({ message }, text) {
  const [, line, column] = /line (\d+),? column (\d+)[^"]*$/.exec(message) ?? [];
  if (line) return mistakeAt(text.split("\n")[line - 1].slice(column - 1).trim(), line);
  const [, token] = /^(?:JSON\.parse: )?unexpected token (.+?), /i.exec(message) ?? [];
  if (token) return `it is wrong near ${token}`;
  return /^(?:JSON\.parse: )?(?:unexpected (?:end|EOF)|unterminated)/i.test(message) ? "its end is missing" : "a quote, comma or bracket is wrong";
}

const mistakeAt = (rest, line) => (rest ? `line ${line} is wrong at “${rest.slice(0, 20).trim()}”` : `something is missing at the end of line ${line}`);
