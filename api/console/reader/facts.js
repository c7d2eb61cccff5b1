// What is known of a document besides its text: its status, facts in words, and its metadata.

import { el } from "../lib/dom.js";
import { bytes, count, dateTime, milliseconds, plural } from "../lib/format.js";
import { valueNode } from "../search/value_node.js";

const WAITING = { interactive: "single writes", bulk: "imports and large documents" };
const SOURCE_FIELDS = { lang: "Language", source: "Source", file: "From the file" };

/** Rows of a name and a value in words. */
export function factsOf(found) {
  const { content, version, created_at, updated_at, status, lane, embedding, metadata, collection, id } = found;
  return [
    ["Collection", collection],
    ["Id", id],
    ["Version", count(version)],
    ["Created", dateTime(created_at)],
    version > 1 && ["Changed", dateTime(updated_at)],
    ["Length", lengthOf(content)],
    ...embeddingFacts(embedding, version),
    status === "pending" && ["Waits among", WAITING[lane] ?? lane],
    ...Object.entries(SOURCE_FIELDS).map(([field, label]) => typeof metadata[field] === "string" && [label, metadata[field]]),
  ].filter(Boolean);
}

let measured = { content: null, words: "" };

/** A long text is measured once, not whenever its status is read. */
function lengthOf(content) {
  if (content === measured.content) return measured.words;
  const points = content.length - (content.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
  measured = { content, words: `${plural(points, "character")}, ${bytes(new Blob([content]).size)}` };
  return measured.words;
}

function embeddingFacts(embedding, version) {
  if (!embedding) return [["Chunks", "none yet"]];
  const ofVersion = embedding.version === version ? "" : ` of version ${count(embedding.version)}`;
  return [["Chunks", `${count(embedding.chunks)}${ofVersion}`], ["Model", embedding.model]];
}

/** How the status came to be, in words. */
export function statusNote({ status, error, updated_at, ready_at, embedding, version }) {
  if (status === "ready") return readyNote(Date.parse(ready_at) - Date.parse(updated_at));
  if (status === "failed") return `${error.message} (${plural(error.attempts, "attempt")})`;
  const lastAttempt = error ? ` The last attempt failed: ${error.message} (${plural(error.attempts, "attempt")})` : "";
  const isOld = embedding && embedding.version !== version;
  return (isOld ? "Searches find its words, and the meaning of its former text." : "Searches find it by its words already.") + lastAttempt;
}

const readyNote = (took) => (took > 0 ? `${milliseconds(took)} after it was written` : "");

/** Fields of the metadata that the facts do not show already. */
export const otherMetadata = (metadata) =>
  Object.entries(metadata).filter(([name, value]) => !(name in SOURCE_FIELDS && typeof value === "string"));

/** Show rows in a list, unless it has them already: a selection in it stays. */
export function showRows(list, rows) {
  const made = rows.map(([name, value]) => el("div", {}, el("dt", { dir: "auto" }, name), el("dd", { dir: "auto" }, valueNode(value))));
  const isSame = made.length === list.children.length && made.every((row, index) => row.isEqualNode(list.children[index]));
  if (!isSame) list.replaceChildren(...made);
}
