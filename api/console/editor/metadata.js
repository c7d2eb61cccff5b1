// Metadata as it is typed: a JSON object, or a line `name: value` for each field. A value may be a list: [one, two].

import * as losslessJson from "../lib/lossless_json.js";
import { mistakeIn, parseTyped } from "../lib/typed_json.js";

const EXAMPLE = "for example {\"lang\": \"en\"}";
const ITEMS = /(?:"(?:[^"\\]|\\.)*"?|[^,"])+/g; // between commas that are in no quotes
const MARKS = /["“”„[\]{}]/; // a list that has them is JSON, or a mistake

/** Returns an object. Throws an Error that says where the text is wrong. */
export function parsedMetadata(text) {
  if (text.startsWith("{")) return parsedObject(text);
  if (text.startsWith("[")) throw new Error(`Metadata is a JSON object, ${EXAMPLE}, or lines such as lang: en.`);
  return parsedLines(text);
}

/** What to type for metadata: lines, or JSON if lines would not say the same. */
export function metadataText(metadata) {
  const lines = Object.entries(metadata).map(([name, value]) => `${name}: ${textOf(value)}`).join("\n");
  return isTextOf(lines, metadata) ? lines : JSON.stringify(metadata, null, 2);
}

function isTextOf(lines, metadata) {
  try {
    return JSON.stringify(parsedMetadata(lines.trim())) === JSON.stringify(metadata);
  } catch {
    return false;
  }
}

const textOf = (value) => (Array.isArray(value) ? `[${value.map(itemTextOf).join(", ")}]` : bareOrJson(value));
const itemTextOf = (item) => (typeof item === "string" && !item.includes(",") && !MARKS.test(item) ? bareOrJson(item) : JSON.stringify(item));
const bareOrJson = (value) => (value && typeof value === "string" && valueOf(value) === value ? value : JSON.stringify(value));

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
    if (fields.has(name)) throw new Error(`Line ${index + 1} has the name ${name} again. To give a field more values, write ${name}: [one, two].`);
    const read = valueOf(value.trim());
    if (read === undefined) throw new Error(`Line ${index + 1} has a list with a quote or bracket too many. Write a list as ${name}: [one, two].`);
    fields.set(name, read);
  }
  return Object.fromEntries(fields);
}

/** JSON if it is that, else a list if it stands in brackets, otherwise the text. Undefined if the list is wrong. */
function valueOf(text) {
  try {
    return parseTyped(text, losslessJson.parse);
  } catch {
    return /^\[.*\]$/.test(text) ? listOf(text.slice(1, -1)) : text;
  }
}

function listOf(text) {
  const items = (text.match(ITEMS) ?? []).map((item) => item.trim()).filter(Boolean).map(itemOf);
  return items.includes(undefined) ? undefined : items;
}

function itemOf(text) {
  try {
    return parseTyped(text, losslessJson.parse);
  } catch {
    return MARKS.test(text) ? undefined : text;
  }
}
