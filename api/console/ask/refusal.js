// Says what a refused question looked for, and what was nearest to it.

import { el } from "../lib/dom.js";

/** Elements about the refusal of a turn: its words, the nearest documents, and a way to search by hand. */
export function refusal({ looked_for: lookedFor, nearest }, { question, collection }) {
  const search = new URLSearchParams({ collection, q: question });
  return el("div", { class: "refusal" },
    lookedFor.length > 0 && el("p", {}, `Looked for: ${lookedFor.join(", ")}.`),
    nearest.length > 0 && el("p", {}, "The nearest documents, which are probably about something else:"),
    nearest.length > 0 && el("ul", {}, ...nearest.map(({ title, document }) => el("li", { dir: "auto" }, title || document))),
    el("p", {}, el("a", { href: `/?${search}` }, "Search the documents")));
}
