// Lists the current problems.

import { $, el } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { problemsOf } from "./problems.js";

export function startProblems() {
  on("status", ({ components, stats }) => show(components ? problemsOf(components, stats) : []));
}

function show(problems) {
  const shown = [...$("problems").children].map((item) => item.textContent);
  if (problems.join("\n") === shown.join("\n")) return;
  $("problems").replaceChildren(...problems.map((text) => el("p", {}, text)));
}
