// Metadata as it is typed: a JSON object, or a line `name: value` for each field.

import * as losslessJson from "../lib/lossless_json.js";
import { mistakeIn, parseTyped } from "../lib/typed_json.js";

const EXAMPLE = "for example {\"lang\": \"en\"}";

/** Returns an object. Throws an Error that says where the text is wrong. */
export function parsedMetadata(text) {
  if (text.startsWith("{")) return parsedObject(text);
  if (text.startsWith("[")) throw new Error(`Metadata is a JSON object, ${EXAMPLE}, or lines such as lang: en.`);
  return parsedLines(text);
}

function parsedObject(text) {
  try {
    return parseTyped(text, losslessJson.parse);
  } catch (error) {
    throw new Error(`This is not valid JSON: ${mistakeIn(error, text)}. Names and texts need straight quotes, and fields a comma `
      + `between them, ${EXAMPLE}.`);
  }
}

function parsedLines(text) {
  const fields = new Map();
  for (const [index, line] of text.split("\n").entries()) {
    if (!line.trim()) continue;
    const [, name, value] = /^([^:]*[^:\s])\s*:(.*)$/.exec(line.trim()) ?? [];
    if (!name) throw new Error(`Line ${index + 1} has no name and colon. Write each field as name: value, such as lang: en.`);
    if (/^["“”„]/.test(name)) throw new Error(`Line ${index + 1} begins as JSON does. Put { and } around all, or leave out the quotes.`);
    if (fields.has(name)) throw new Error(`Line ${index + 1} has the name ${name} again. To give a field more values, write ${name}: ["one", "two"].`);
    fields.set(name, valueOf(value.trim()));
  }
  return Object.fromEntries(fields);
}

/** JSON if it is that, otherwise the text. */
function valueOf(text) {
  try {
    return parseTyped(text, losslessJson.parse);
  } catch {
    return text;
  }
}
