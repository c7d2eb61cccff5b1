// One line on every page: whether all is well, or what is wrong or slow and since when. It opens.

import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { plural } from "../lib/format.js";
import { chatProblems, withCommand } from "./chat_words.js";
import { startComponents } from "./components.js";
import { showFailedThings, startFailedThings } from "./failed_things.js";
import { whatIsInTime, whatIsSlow } from "./latency_targets.js";
import { problemsOf } from "./problems.js";
import { queueForecast } from "./queue_forecast.js";
import { sinceWhen } from "./since.js";

const UNREACHABLE = { name: "The API cannot be reached", text: "This page shows what it knew last. It goes on by itself when the API answers." };

let announced = null; // what a screen reader was told last
let chat = null; // what GET /v1/ask/status said last

export function startStatusLine() {
  startComponents();
  startFailedThings();
  on("chat-read", (found) => { chat = found; });
  on("status", (status) => requestAnimationFrame(() => show(status)));
  document.addEventListener("click", ({ target }) => closeUnlessIn(target));
  document.addEventListener("focusin", ({ target }) => closeUnlessIn(target));
  document.addEventListener("keydown", closeOnEscape, { capture: true });
}

function closeUnlessIn(element) {
  if (!$("status").contains(element)) $("status").open = false;
}

/** The same key closes nothing else. */
function closeOnEscape(event) {
  if (event.key !== "Escape" || !$("status").open) return;
  event.stopPropagation();
  event.preventDefault(); // the browser closes what is on top, too
  const hadFocus = $("status").contains(document.activeElement);
  $("status").open = false;
  if (hadFocus) $("status").querySelector("summary").focus();
}

function show({ components, stats }) {
  const problems = components ? problemsOf(components, stats) : [UNREACHABLE];
  const lesser = [...(stats ? whatIsSlow(stats) : []), ...chatProblems(components && chat)];
  const first = problems.length ? problems : lesser; // what is slow may follow from what is wrong
  const since = sinceWhen(first.map(({ name }) => name));
  $("status").dataset.ok = problems.length ? "no" : lesser.length ? "slow" : "yes";
  setText($("status-sentence"), sentenceOn(first));
  setText($("status-since"), since && `since ${since}`);
  showFailedThings(stats, first.length === 0);
  announce(sentenceOn(problems), problems);
  showProblems([...problems, ...lesser].map(({ text }) => text));
  setText($("queue-forecast"), stats ? queueForecast(stats) : "");
  setText($("latency-targets"), stats ? whatIsInTime(stats) : "");
  if (stats) showFlower(stats.flower_url);
}

function sentenceOn([first, ...others]) {
  if (!first) return "All well";
  return others.length ? `${first.name} and ${plural(others.length, "other problem")}` : first.name;
}

/** Tell a screen reader what has changed. That all is well from the start is no news, nor is what only delays or lessens. */
function announce(sentence, problems) {
  const isNews = announced === null ? problems.length : sentence !== announced;
  if (isNews) setText($("status-news"), `${sentence}.`);
  announced = sentence;
}

function showProblems(texts) {
  const shown = [...$("problems").children].map((item) => item.textContent);
  if (texts.join("\n") === shown.join("\n")) return;
  $("problems").replaceChildren(...texts.map((text) => el("p", {}, ...withCommand(text))));
}

function showFlower(address) {
  const url = new URL(address, location.href);
  if (["http:", "https:"].includes(url.protocol)) $("flower").querySelector("a").href = url.href;
  $("flower").hidden = false;
}
