// Says what models, states and actions of migrations are, in words.

import { count, dateTime } from "../lib/format.js";

/** The label, the sentence and the mark of each state. The marks are those of documents. */
const STATES = {
  preparing: {
    label: "Preparing",
    mark: "pending",
    sentence: () => "What is written from now on is embedded under both models. Older writes end first.",
  },
  filling: {
    label: "Embedding",
    mark: "pending",
    sentence: () => "The stored documents are embedded under the new model. Searches use the old one.",
  },
  ready: {
    label: "Before the cut-over",
    mark: "pending",
    sentence: () => "The documents were embedded under the new model. Searches use the old one until the cut-over.",
  },
  switched: {
    label: "New model in use",
    mark: "ready",
    sentence: (migration) => `Searches use the new model. ${wayBack("old", migration)}`,
  },
  rolled_back: {
    label: "Went back",
    mark: "ready",
    sentence: (migration) => `Searches use the old model again. ${wayBack("new", migration)}`,
  },
  dropping: {
    label: "Cleaning up",
    mark: "pending",
    sentence: () => "The vectors of the model that searches no longer use are being deleted.",
  },
  aborting: {
    label: "Aborting",
    mark: "pending",
    sentence: () => "The vectors of the new model are being deleted. Searches use the old one.",
  },
  done: { label: "Done", mark: "ready", sentence: () => "" },
  aborted: { label: "Aborted", mark: "deleted", sentence: () => "" },
};
/** Labels of those that cut over, went back and were finished. The API says only that they were aborted. */
const LABELS_AFTER_A_CUTOVER = { aborting: "Cleaning up", aborted: "Went back" };
const PAUSED = "Stored documents are not embedded until you resume. What is written meanwhile is embedded under both models.";

const wayBack = (other, { rollback_until: until }) =>
  `The ${other} one is kept up to date${until ? ` until ${dateTime(until)}` : ""}, so that you can return to it at once.`;

export function stateOf(migration) {
  const { label, mark, sentence } = STATES[migration.state] ?? unknown(migration.state);
  if (migration.paused) return { label: "Paused", mark: "deleted", sentence: PAUSED };
  const laterLabel = migration.switched_at && LABELS_AFTER_A_CUTOVER[migration.state];
  return { label: laterLabel || label, mark, sentence: sentence(migration) };
}

const unknown = (state) => ({ label: state, mark: "pending", sentence: () => "" });

export const isRunning = ({ state }) => state !== "done" && state !== "aborted";

/** Whether the documents are counted in this state. */
export const isCounted = ({ state }) => state !== "dropping" && state !== "aborting";

const ATTRIBUTES = [
  ["dimensions", (model) => (model.dimensions ? count(model.dimensions) : "not known yet")],
  ["chunk size", chunkSize],
  ["prefix of documents", (model) => prefix(model.document_prefix)],
  ["prefix of queries", (model) => prefix(model.query_prefix)],
];

export function chunkSize({ chunk_tokens: tokens }) {
  return tokens ? `${count(tokens)} tokens` : "as configured";
}

export const prefix = (text) => (text ? `“${text}”` : "none");

/** What a migration changes: `dimensions: 384 → 256`. */
export function changesOf({ from, to }) {
  return ATTRIBUTES
    .map(([name, valueOf]) => [name, valueOf(from), valueOf(to)])
    .filter(([, before, after]) => before !== after)
    .map(([name, before, after]) => `${name}: ${before} → ${after}`);
}

const INDEX_PHASES = {
  valid: "ready",
  missing: "not built yet",
  invalid: "is built again",
  unnecessary: "not needed for so few documents",
};

export const indexPhase = (phase) => (phase ? (INDEX_PHASES[phase] ?? phase) : "–");

const FAILURES = {
  too_long: "The text is longer than the model reads, and cannot be cut smaller.",
  rejected_by_model: "The model server rejects the text.",
  model_failed: "The model server fails on the text, and not on others.",
  wrong_dimensions: "The vector has the wrong number of dimensions.",
  vector_not_finite: "The vector has NaN or infinite values.",
  vector_zero: "The vector holds zeros only, so no search can find it.",
};

export const failure = (code) => FAILURES[code] ?? `${code.replaceAll("_", " ")}.`;
