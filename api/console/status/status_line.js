// One line on every page: whether all is well, or what is wrong and since when. It opens.

import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { plural } from "../lib/format.js";
import { startComponents } from "./components.js";
import { latencyTargets } from "./latency_targets.js";
import { problemsOf } from "./problems.js";
import { queueForecast } from "./queue_forecast.js";
import { sinceWhen } from "./since.js";

const UNREACHABLE = { name: "The API cannot be reached", text: "This page shows what it knew last. It goes on by itself when the API answers." };

let announced = null; // what a screen reader was told last

export function startStatusLine() {
  startComponents();
  on("status", (status) => requestAnimationFrame(() => show(status)));
  document.addEventListener("click", ({ target }) => { if (!$("status").contains(target)) $("status").open = false; });
  $("status").addEventListener("keydown", ({ key }) => { if (key === "Escape") close(); });
}

function close() {
  if (!$("status").open) return;
  $("status").open = false;
  $("status").querySelector("summary").focus();
}

function show({ components, stats }) {
  const problems = components ? problemsOf(components, stats) : [UNREACHABLE];
  const since = sinceWhen(problems.map(({ name }) => name));
  const sentence = problems.length ? `${problems[0].name}${othersOf(problems)}` : "All well";
  $("status").dataset.ok = problems.length ? "no" : "yes";
  setText($("status-sentence"), sentence);
  setText($("status-since"), since && `since ${since}`);
  announce(sentence, problems);
  showProblems(problems.map(({ text }) => text));
  setText($("queue-forecast"), stats ? queueForecast(stats) : "");
  setText($("latency-targets"), stats ? latencyTargets(stats.targets) : "");
  if (stats) showFlower(stats.flower_url);
}

const othersOf = ({ length }) => (length > 1 ? ` and ${plural(length - 1, "other problem")}` : "");

/** Tell a screen reader what has changed. That all is well from the start is no news. */
function announce(sentence, problems) {
  const isNews = announced === null ? problems.length : sentence !== announced;
  if (isNews) setText($("status-news"), `${sentence}.`);
  announced = sentence;
}

function showProblems(texts) {
  const shown = [...$("problems").children].map((item) => item.textContent);
  if (texts.join("\n") === shown.join("\n")) return;
  $("problems").replaceChildren(...texts.map((text) => el("p", {}, text)));
}

function showFlower(address) {
  const url = new URL(address, location.href);
  if (["http:", "https:"].includes(url.protocol)) $("flower").querySelector("a").href = url.href;
  $("flower").hidden = false;
}
