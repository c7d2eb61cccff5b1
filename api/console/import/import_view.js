// Shows a running import: how far it is, how long the rest takes, and what was not imported.

import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { clock, count, duration, plural, rate } from "../lib/format.js";
import { countsByKind, deletedOf, outcomeOf, restOf, searchableOf, skippedOf } from "./outcome.js";
import { passed } from "./passed.js";
import { clearProblems, showProblems, takeProblems } from "./problem_list.js";

let isPaused = false;

export function startView() {
  on("status", ({ stats }) => { isPaused = Boolean(stats?.paused_reason); });
}

/** Show a text and announce it to screen readers. */
export function announce(text) {
  setText($("import-state"), text);
  setText($("import-announcement"), text);
}

export function beginView(text) {
  if (!$("import-run").hidden) keepReport();
  $("import-run").hidden = $("cancel-import").hidden = false;
  $("import-run").dataset.state = "running";
  $("stages").hidden = true;
  clearProblems();
  setText($("import-counts"), "");
  setText($("import-pace"), "");
  announce(text);
  bringIntoView();
}

/** What was chosen far above or below is followed here. */
export const bringIntoView = () => $("import-run").scrollIntoView({ block: "nearest" });

/** The report of the import before stays below, folded, until the user leaves the page. */
function keepReport() {
  const problems = takeProblems();
  $("former-imports").prepend(el("details", { class: "former-import" },
    el("summary", {}, $("import-state").textContent),
    el("p", { class: "note" }, `As of ${clock(Date.now())}: ${$("import-counts").textContent}`),
    problems.length && el("ol", { class: "rejections", tabindex: "0", "aria-label": "What this import left out" }, ...problems)));
}

export function showFigures(figures) {
  $("stages").hidden = false;
  for (const name of ["sent", "read", "ready"]) showStage($(`stage-${name}`), figures, name);
  $("stage-read").hidden = !figures.fileCount;
  setText($("import-pace"), paceOf(figures));
  setText($("import-counts"), countsOf(figures));
  showProblems({ failed: figures.failed, rejected: figures.rejected, skipped: figures.skipped });
}

/** The bar and the figure beside it tell the same. */
function showStage(row, figures, name) {
  const { files, fileTotal, documents, documentTotal, isExact, left } = passed(figures, name);
  const total = fileTotal + documentTotal;
  const texts = [
    fileTotal && `${count(files)} of ${plural(fileTotal, "file")}`,
    documentTotal && (isExact ? `${count(documents)} of ${plural(documentTotal, "document")}` : plural(documents, "document")),
    countsByKind(left),
    deletedOf(left),
  ];
  row.querySelector("progress").value = total ? (files + documents) / total : 0;
  setText(row.querySelector(".stage-figure"), texts.filter(Boolean).join(" · ") || "–");
}

function paceOf(figures) {
  const { secondsLeft, rate: perSecond } = figures;
  if (secondsLeft === 0) return "";
  if (isPaused) return "Embedding is paused, because the model server does not answer. It goes on by itself.";
  const speed = perSecond && `${rate(perSecond)} ready a second`;
  const left = secondsLeft ? `About ${duration(Math.ceil(secondsLeft)).replace(".0", "")} left` : "Measuring how long it takes";
  return [left, speed].filter(Boolean).join(" · ");
}

/** Such as "12 of 13 files are searchable or unchanged, 2 of them unchanged. 1 failed. 2 more were skipped." */
function countsOf(figures) {
  const outcome = outcomeOf(figures);
  const { searchable, unchanged } = outcome;
  const { replaced } = figures.lines;
  return [
    `${searchableOf(outcome, figures.noun)}${unchanged && unchanged < searchable ? `, ${count(unchanged)} of them unchanged` : ""}`,
    restOf(outcome),
    skippedOf(outcome),
    replaced && `${count(replaced)} replaced an earlier document with the same id`,
  ].filter(Boolean).map((sentence) => `${sentence}.`).join(" ");
}

/** Everything is sent, or nothing more will be. The button to cancel leaves. */
export function endSending(text, state) {
  const wasFocused = document.activeElement === $("cancel-import");
  $("cancel-import").hidden = true;
  $("import-run").dataset.state = state;
  if (state === "stopped") setText($("import-pace"), "");
  if (wasFocused) $("choose-files").focus();
  setText($("import-state"), text);
  setText($("import-announcement"), `${text} ${$("import-counts").textContent}`);
}
