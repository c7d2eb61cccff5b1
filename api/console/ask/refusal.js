// What follows the answer to a refused question, which says what was looked for.

import { documentAddress } from "../lib/document_address.js";
import { nameOf } from "../lib/document_name.js";
import { el } from "../lib/dom.js";

/** The documents nearest to the question of a turn, and a way to search by hand. */
export function refusal({ nearest }, { question, collection }) {
  const search = new URLSearchParams({ collection, q: question });
  return el("div", { class: "refusal" },
    nearest.length > 0 && el("p", {}, "The nearest documents, which are probably about something else:"),
    nearest.length > 0 && el("ul", {}, ...nearest.map(nearestItem)),
    el("p", {}, el("a", { href: `/?${search}` }, "Search the documents")));
}

const nearestItem = ({ document, collection, title }) =>
  el("li", { dir: "auto" }, el("a", { href: documentAddress({ collection, id: document }) }, nameOf({ title, id: document })));
