// Shows the migration of the selected collection that has not ended.

import { $, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { count, plural } from "../lib/format.js";
import { figures } from "../lib/figures.js";
import { preflightFigures, progressFigures } from "./measured.js";
import { changesOf, failure, isCounted, isRunning, stateOf } from "./words.js";

export function startRunningMigration() {
  on("migrations-read", (items) => show(items?.find(isRunning)));
}

function show(migration) {
  $("running").hidden = !migration;
  setText($("migration-title"), migration ? titleOf(migration) : "Change the model");
  if (!migration) return;
  showState(migration);
  showProgress(migration);
  showFailures(migration.progress.failures);
  figures($("preflight"), preflightFigures(migration.preflight));
  setText($("assumed"), migration.preflight.assumed ?? "");
}

const titleOf = ({ from, to }) =>
  (from.name === to.name ? `New settings of ${to.name}` : `From ${from.name} to ${to.name}`);

function showState(migration) {
  const { label, mark, sentence } = stateOf(migration);
  $("state").dataset.status = mark;
  setText($("state").querySelector(".status"), label);
  setText($("state-sentence"), sentence);
  setText($("detail"), migration.detail ?? "");
  setText($("changes"), changesOf(migration).join("; "));
}

function showProgress(migration) {
  const { total, embedded } = migration.progress;
  const isKnown = isCounted(migration) && total != null;
  $("progress-of-migration").hidden = !isKnown;
  $("figures").hidden = !isKnown;
  if (!isKnown) return;
  $("progress").value = total ? embedded / total : 1;
  setText($("embedded"), `${count(embedded)} of ${plural(total, "document")} embedded under the new model`);
  figures($("figures"), progressFigures(migration));
}

function showFailures(failures = {}) {
  const sentences = Object.entries(failures).map(([code, number]) => `${plural(number, "document")}: ${failure(code)}`);
  $("failures").hidden = !sentences.length;
  const shown = [...$("failure-reasons").children].map((item) => item.textContent);
  if (sentences.join("\n") === shown.join("\n")) return;
  $("failure-reasons").replaceChildren(...sentences.map((text) => el("li", {}, text)));
}
