// Shows a document around a passage that an answer used, with the cited sentence marked.

import { readDocument } from "../lib/api.js";
import { breakable } from "../lib/breakable.js";
import { closeOnBack, leaveDialog } from "../lib/close_on_back.js";
import { documentAddress } from "../lib/document_address.js";
import { $, button, el, setText } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { keepAnswer } from "../lib/kept_answer.js";
import { inUnits, mark, pieces } from "../lib/marked_text.js";
import { forgetHits } from "../search/kept_hits.js";
import { titleOf } from "./source_list.js";

const CONTEXT = 1500; // characters shown before and after the passage
const AS_USED = "This is the passage as the answer used it.";
const CHANGED = `The document has changed since. ${AS_USED}`;
const CHANGED_ELSEWHERE = "The document has changed since, but not in this passage.";
const DELETED = `The document does not exist any more. ${AS_USED}`;

let reading = null; // aborts the request in progress
let opened = null; // the source

export function startPassageDialog() {
  $("passage-close").addEventListener("click", () => $("passage").close());
  $("passage").addEventListener("click", ({ target }) => target === $("passage") && $("passage").close());
  $("passage").addEventListener("close", () => reading?.abort());
  $("passage-document").addEventListener("click", openDocument);
}

/** The way back from the document leads to the answer. */
function openDocument(event) {
  keepAnswer({ collection: opened.collection, id: opened.document });
  forgetHits();
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // in another tab
  event.preventDefault();
  leaveDialog($("passage"), event.currentTarget.href);
}

/** Open a source. `cited` is the part of its document that supports the answer, or null. */
export async function openPassage(source, cited = null) {
  reading?.abort();
  const mine = (reading = new AbortController());
  opened = source;
  $("passage-title").replaceChildren(...breakable(titleOf(source)));
  setText($("passage-details"), detailsOf(source));
  $("passage-document").hidden = true;
  showText("Reading the document…", []);
  if (!$("passage").open) {
    closeOnBack($("passage"));
    $("passage").showModal();
  }
  $("passage-title").focus();
  const { note, parts, whole, address } = await found(source, cited, mine.signal);
  if (mine !== reading || mine.signal.aborted) return;
  showLink(address);
  showText(note, parts);
  if (whole) $("passage-note").append(" ", button("Show the whole document", () => showWhole(whole)));
}

const detailsOf = ({ document, collection, version, headings }) =>
  [`${document} in ${collection}, version ${count(version)}`, headings.join(" › ")].filter(Boolean).join(" · ");

const addressOf = ({ document: id, collection, start, end, version }) => documentAddress({ collection, id, start, end, version });

/** What to show of a source: of its document if the passage is still there, otherwise the passage that the answer used. */
async function found(source, cited, signal) {
  try {
    const document = await readDocument({ id: source.document, collection: source.collection }, { signal });
    const shown = inDocument(document, source, cited);
    if (!shown) return { ...asUsed(CHANGED, source, cited), address: addressOf(source) };
    return { ...shown, address: addressOf({ ...source, version: document.version }) };
  } catch (problem) {
    return asUsed(problem.status === 404 ? DELETED : `${problem.message} ${AS_USED}`, source, cited);
  }
}

function inDocument({ content, version }, source, cited) {
  const characters = [...content]; // offsets count code points
  if (characters.slice(source.start, source.end).join("") !== source.text) return null;
  const shown = around(characters, source, cited);
  return version === source.version ? shown : { ...shown, note: `${CHANGED_ELSEWHERE} ${shown.note}` };
}

function asUsed(note, source, cited) {
  const characters = [...source.text];
  return { note, parts: marked(characters, { start: 0, end: characters.length }, shifted(cited, -source.start)) };
}

function around(characters, source, cited) {
  const from = Math.max(0, source.start - CONTEXT);
  const to = Math.min(characters.length, source.end + CONTEXT);
  const whole = marked(characters, source, cited);
  if (from === 0 && to === characters.length) return { note: "The whole document.", parts: whole };
  const part = marked(characters.slice(from, to), shifted(source, -from), shifted(cited, -from));
  return {
    note: `Characters ${count(from + 1)} to ${count(to)} of ${count(characters.length)}.`,
    parts: [from > 0 && "… ", ...part, to < characters.length && " …"].filter(Boolean),
    whole,
  };
}

const shifted = (range, by) => range && { start: range.start + by, end: range.end + by };

/** The text in pieces: the cited part in a <mark>, the passage in a <span>, the rest as it is. */
function marked(characters, passage, cited) {
  const text = characters.join("");
  const wraps = [[cited, mark], [passage, (piece) => el("span", { class: "passage" }, piece)]];
  return pieces(text, wraps.filter(([range]) => range).map(([range, wrap]) => [inUnits(text, range), wrap]));
}

/** Without an address the document is deleted, or cannot be read. */
function showLink(address) {
  $("passage-document").hidden = !address;
  if (address) $("passage-document").href = address;
}

function showText(note, parts) {
  setText($("passage-note"), note);
  $("passage-text").replaceChildren(...parts);
  const target = $("passage-text").querySelector("mark") ?? $("passage-text").querySelector(".passage");
  target?.scrollIntoView({ block: "center" });
}

function showWhole(parts) {
  showText("The whole document.", parts);
  $("passage-text").focus();
}
