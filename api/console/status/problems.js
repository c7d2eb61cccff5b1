// Describes what is not working, and what that means for the user.

import { plural } from "../lib/format.js";

export const COMPONENTS = {
  postgres: {
    name: "PostgreSQL",
    purpose: "Keeps the documents and the queue.",
    effect: "Documents cannot be read or written until it answers.",
  },
  redis: {
    name: "Redis",
    purpose: "Wakes the workers at once.",
    effect: "Writes are not slower, but documents become ready about two seconds later.",
  },
  ollama: {
    name: "Model server",
    purpose: "Embeds documents and questions.",
    effect: "New documents are stored and wait to be embedded. Searches use words only. Both recover automatically.",
  },
  worker: {
    name: "Worker",
    purpose: "Embeds what is written.",
    effect: "Documents stay pending until a worker runs. None are lost.",
  },
};

const WRITES_REFUSED = "New documents are refused. Reads and searches go on. Both recover automatically.";

const PAUSE_REASONS = {
  unreachable: "It cannot be reached.",
  timeout: "It did not answer in time.",
  server_error: "It answered with an error.",
  busy: "It is too busy to take another request.",
  model_missing: "It does not have the embedding model.",
  wrong_kind_of_model: "Its model does not make embeddings.",
  bad_answer: "Its answer was not an embedding.",
  model_changed: "It now serves a different model.",
};

const LABELS = {
  paused: "paused", disk_full: "disk full", read_only: "read-only", misconfigured: "wrong model", unknown: "unknown",
};

const STORAGE_REASONS = { disk_full: "Its disk is full.", read_only: "It is read-only." };

/** The state of a component in a word or two. */
export function componentLabel(key, { ok, state, detail }) {
  if (!ok) return LABELS[state] ?? "down";
  return key === "worker" ? detail : "answers";
}

/** Each problem with a name of a few words and a text that says what it means; `stats` may be null. */
export function problemsOf(components, stats) {
  const reason = stats?.paused_reason;
  const down = Object.keys(COMPONENTS).filter((key) => isProblem(key, components, stats));
  const problems = down.map((key) => componentProblem(key, components[key], isCause(key, reason) ? pending(stats) : ""));
  if (!reason || down.some((key) => isCause(key, reason))) return problems;
  return [...problems, { name: "Embedding paused", text: `${pauseSentence(reason)}${pending(stats)} Embedding resumes automatically.` }];
}

const isProblem = (key, components, stats) =>
  components[key] && !components[key].ok && !(key === "worker" && isWaiting(components.worker, stats));

/** Whether the worker pauses because of this component. */
const isCause = (key, reason) => Boolean(reason) && key === (STORAGE_REASONS[reason] ? "postgres" : "ollama");

const componentProblem = (key, component, consequence) => ({
  name: `${COMPONENTS[key].name} ${componentLabel(key, component)}`,
  text: `${sentence(COMPONENTS[key].name, component.detail)} ${effectOf(component, COMPONENTS[key].effect)}${consequence}`,
});

const pending = ({ documents }) => (documents.pending ? ` Pending: ${plural(documents.pending, "document")}.` : "");

const refusesWrites = ({ state }) => state === "disk_full" || state === "read_only";

const effectOf = (component, effect) => (refusesWrites(component) ? WRITES_REFUSED : effect);

/** Whether the worker is down because it waits for the model server, and not because its model is wrong. */
const isWaiting = (worker, stats) => Boolean(stats?.paused_reason) && worker.detail !== stats.model.note;

function sentence(name, detail) {
  const text = detail.toLowerCase().includes(name.toLowerCase())
    ? detail[0].toUpperCase() + detail.slice(1)
    : `${name}: ${detail}`;
  return text.endsWith(".") ? text : `${text}.`;
}

/** What the worker waits for, and why. */
export function pauseSentence(reason) {
  if (STORAGE_REASONS[reason]) return `The worker is waiting for PostgreSQL. ${STORAGE_REASONS[reason]}`;
  const cause = PAUSE_REASONS[reason] ?? `Reason: ${reason.replaceAll("_", " ")}.`;
  return `The worker is waiting for the model server. ${cause}`;
}
