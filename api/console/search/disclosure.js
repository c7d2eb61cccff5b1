// Buttons that open a panel below a hit. It is filled when it is opened for the first time.

import { button, el } from "../lib/dom.js";

/** A button and its panel. `fill` returns the panel's nodes, or a promise of them that may fail with a Problem. */
export function disclosure(label, fill) {
  const panel = el("div", { class: "panel", hidden: true });
  const opener = button(label, toggle, { class: "quiet", "aria-expanded": "false" });
  let filled = false;

  async function toggle() {
    panel.hidden = !panel.hidden;
    opener.setAttribute("aria-expanded", String(!panel.hidden));
    if (panel.hidden || filled) return;
    filled = true;
    filled = await fillPanel(panel, fill);
  }

  return { opener, panel };
}

/** Fill a panel. Return whether that succeeded. */
async function fillPanel(panel, fill) {
  try {
    const nodes = fill();
    if (nodes instanceof Promise) panel.replaceChildren(el("p", { class: "note", role: "status" }, "Loading…"));
    panel.replaceChildren(...(await nodes));
    return true;
  } catch (problem) {
    panel.replaceChildren(el("p", { class: "error", role: "alert" }, problem.message));
    return false;
  }
}
