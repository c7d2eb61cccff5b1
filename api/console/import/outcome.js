// Says how much of an import is searchable, and what became of the rest. The numbers add up to the whole, which what is skipped is no part of.

import { count, plural } from "../lib/format.js";
import { isCounted } from "./passed.js";

/** What is not imported, the worst first. */
export const KINDS = { failed: "failed", rejected: "rejected", skipped: "skipped" };

const DELETED = "deleted"; // before it was ready

const REST = { unsent: "not sent", pending: "pending", failed: KINDS.failed, deleted: DELETED, rejected: KINDS.rejected };

/** What has become of a running import. */
export function outcomeOf(figures) {
  const { lines, fileCount, sentFiles, rejectedFiles, failedCount, deletedCount, rejected, skipped } = figures;
  const files = [...figures.files.values()];
  const ready = files.filter(({ state }) => state === "ready");
  const searchable = ready.length + lines.unchanged + Math.min(lines.accepted, lines.settled.ready);
  return {
    searchable,
    unchanged: lines.unchanged + ready.filter(({ isUnchanged }) => isUnchanged).length,
    unsent: fileCount - sentFiles - rejectedFiles.count,
    pending: Math.max(0, lines.accepted + lines.unchanged + files.length - searchable - failedCount - deletedCount),
    failed: failedCount,
    deleted: deletedCount,
    rejected: rejected.length,
    skipped: skipped.length,
    isExact: isCounted(figures),
  };
}

/** What has become of an import that the server lists. It does not know what of it was deleted since it ended. */
export const outcomeOfImport = ({ ready, unchanged, pending, failed, deleted, rejected, skipped, ended_at: endedAt }) =>
  ({ searchable: ready + unchanged, unchanged, pending, failed, deleted, rejected, skipped, isExact: true, isPast: Boolean(endedAt) });

/** What is said of one, and of several. */
const PRESENT = {
  searchable: ["is searchable", "are searchable"],
  unchanged: ["is unchanged", "are unchanged"],
  both: ["is searchable or unchanged", "are searchable or unchanged"],
};
const PAST = {
  searchable: ["became searchable", "became searchable"],
  unchanged: ["was unchanged", "were unchanged"],
  both: ["became searchable or was unchanged", "became searchable or were unchanged"],
};

const totalOf = ({ searchable, ...numbers }) =>
  Object.keys(REST).reduce((sum, name) => sum + (numbers[name] ?? 0), searchable);

/** Such as "12 of 13 files are searchable", later "became searchable", or nothing of nothing. While lines are sent, nobody knows of how many. What is unchanged may have failed before. */
export function searchableOf(outcome, noun) {
  const { searchable, unchanged, isExact } = outcome;
  const total = totalOf(outcome);
  if (!total) return "";
  const isOne = searchable === 1 || (isExact && total === 1);
  const words = outcome.isPast ? PAST : PRESENT;
  const verb = words[wordFor(searchable, unchanged)][isOne ? 0 : 1];
  return `${isExact ? `${count(searchable)} of ${plural(total, noun)}` : plural(searchable, noun)} ${verb}`;
}

function wordFor(searchable, unchanged) {
  if (!unchanged) return "searchable";
  return unchanged === searchable ? "unchanged" : "both";
}

/** Such as "3 pending, 1 failed". */
export const restOf = (numbers) => listed(numbers, REST);

/** Such as "2 more were skipped". */
export function skippedOf(outcome) {
  const { skipped } = outcome;
  if (!skipped) return "";
  return `${count(skipped)}${totalOf(outcome) ? " more" : ""} ${skipped === 1 ? "was" : "were"} skipped`;
}

/** Such as "1 deleted". */
export const deletedOf = ({ deleted }) => listed({ deleted }, { deleted: DELETED });

/** Such as "1 failed, 3 skipped". */
export const countsByKind = (numbers) => listed(numbers, KINDS);

const listed = (numbers, words) => Object.entries(words)
  .filter(([name]) => numbers[name])
  .map(([name, word]) => `${count(numbers[name])} ${word}`)
  .join(", ");
