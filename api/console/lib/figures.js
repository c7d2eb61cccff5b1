// Figures with a name and a note, updated in place.

import { el, setText } from "./dom.js";

/** Show [name, value, note] for each figure in a `dl`. */
export function figures(list, rows) {
  if (list.children.length !== rows.length) {
    list.replaceChildren(...rows.map(() => el("div", {}, el("dt"), el("dd", { class: "value" }), el("dd", { class: "note" }))));
  }
  rows.forEach((texts, row) => {
    texts.forEach((text, cell) => setText(list.children[row].children[cell], text));
  });
}
