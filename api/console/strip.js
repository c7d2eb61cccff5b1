// The strip: what waits, how fast it goes, and which parts answer.

import { $, el, say } from "./dom.js";
import { forecast } from "./forecast.js";
import { clock, count, duration, plural, rate } from "./format.js";
import { on } from "./signals.js";

const FIGURES = [
  { name: "Interactive queue", of: (s) => count(s.lanes.interactive), note: () => "single writes" },
  { name: "Bulk queue", of: (s) => count(s.lanes.bulk), note: () => "imports" },
  { name: "Embedded", of: (s) => rate(s.embedded_per_second), note: () => "a second, last minute" },
  { name: "Oldest pending", of: (s) => duration(s.oldest_pending_seconds), note: () => "has waited" },
  { name: "Ready", of: (s) => count(s.documents.ready), note: (s) => `of ${count(s.documents.total)}` },
  { name: "Failed", of: (s) => count(s.documents.failed), note: (s) => (s.documents.failed ? "see why below" : "none"),
    bad: (s) => s.documents.failed > 0 },
  { name: "Model", of: (s) => s.model.name ?? "none yet", wide: true,
    note: (s) => (s.model.dimensions ? `${s.model.dimensions} dimensions` : "no worker has reached it") },
];

const PARTS = {
  postgres: ["PostgreSQL", "Nothing can be read or written until it answers."],
  redis: ["Redis", "Writes are as fast as ever; documents become ready about two seconds later."],
  ollama: ["Ollama", "Writes are taken and wait; searches go by words alone. All of it resumes by itself."],
  worker: ["Worker", "Documents wait until one runs. Nothing is lost."],
};

const cells = FIGURES.map(({ name, wide }) => {
  const value = el("dd", { class: "value" }, "–");
  const note = el("dd", { class: "note" }, " ");
  const cell = el("div", { class: wide ? "figure wide" : "figure" }, el("dt", {}, name), value, note);
  return { cell, value, note };
});

const parts = Object.entries(PARTS).map(([key, [name]]) => {
  const state = el("span", { class: "state" }, "…");
  return { key, state, item: el("li", { class: "part" }, el("span", { class: "part-name" }, name), " ", state) };
});
const stream = el("span", { class: "state" }, "…");
const streamItem = el("li", { class: "part" }, el("span", { class: "part-name" }, "Live changes"), " ", stream);
const STREAM = { live: "on", connecting: "connecting", retrying: "off" };

let readAt = null;

export function startStrip() {
  $("figures").append(...cells.map(({ cell }) => cell));
  $("parts").append(...parts.map(({ item }) => item), streamItem);
  on("status", (status) => requestAnimationFrame(() => show(status)));
  on("stream", (state) => {
    say(stream, STREAM[state]);
    streamItem.dataset.ok = { live: "yes", connecting: "", retrying: "no" }[state];
  });
}

function show(status) {
  if (status.stats) showFigures(status.stats);
  else say($("forecast"), readAt ? `The figures are as of ${clock(readAt)}` : "");
  document.querySelector(".strip").classList.toggle("stale", !status.stats);
  showParts(status.parts);
  const troubles = status.parts ? troublesOf(status) : [];
  const shown = [...$("troubles").children].map((item) => item.textContent);
  if (troubles.join("\n") !== shown.join("\n")) {
    $("troubles").replaceChildren(...troubles.map((text) => el("p", {}, text)));
  }
}

function showFigures(stats) {
  readAt = new Date();
  FIGURES.forEach(({ of, note, bad }, place) => {
    const { cell, value, note: small } = cells[place];
    say(value, of(stats));
    say(small, note(stats));
    cell.classList.toggle("bad", Boolean(bad?.(stats)));
  });
  const flower = new URL(stats.flower_url, location.href);
  if (["http:", "https:"].includes(flower.protocol)) $("flower").querySelector("a").href = flower.href;
  $("flower").hidden = false;
  say($("forecast"), forecast(stats));
}

function showParts(states) {
  for (const { key, item, state } of parts) {
    const known = states?.[key];
    item.dataset.ok = known ? (known.ok ? "yes" : "no") : "";
    say(state, known ? (known.ok ? (key === "worker" ? known.detail : "answers") : "down") : "unknown");
  }
}

function troublesOf({ parts: states, stats }) {
  const down = Object.entries(PARTS).filter(([key]) => states[key] && !states[key].ok);
  const said = down.map(([key, [name, meaning]]) => `${sentence(name, states[key].detail)} ${meaning}`);
  const paused = stats?.paused_reason;
  const known = said.some((text) => paused && text.includes(paused));
  if (paused && !known) said.push(`Embedding is paused: ${paused.replaceAll("_", " ")}. ${waiting(stats)}`);
  return said;
}

function sentence(name, detail) {
  const said = detail.startsWith(name) ? detail : `${name}: ${detail}`;
  return said.endsWith(".") ? said : `${said}.`;
}

function waiting({ documents }) {
  return `${plural(documents.pending, "document")} pending; it resumes by itself.`;
}
