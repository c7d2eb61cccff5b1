// Says what keys allow and how they are, in words.

import { count, dateTime } from "../lib/format.js";

/** Each action: its label, and what it allows. */
export const ACTIONS = {
  search: ["Search", "find documents and passages, and embed texts"],
  ask: ["Ask", "get answers from documents"],
  "documents.read": ["Read documents", "read documents and collections, and follow changes"],
  "documents.write": ["Write documents", "write documents: create, change, import, retry and delete them"],
  webhooks: ["Webhooks", "have changes sent to other servers"],
  models: ["Models", "change the embedding model of a collection"],
  stats: ["Statistics", "see statistics and usage"],
  keys: ["Keys", "make and revoke keys of this tenant, and read its audit"],
  operator: ["Operator", "manage all tenants and their keys, and read metrics"],
};

const EVERY = "*";
export const EVERY_ACTION = Object.keys(ACTIONS).filter((action) => action !== "operator");

const labelOf = (action) => (ACTIONS[action]?.[0] ?? action).toLowerCase();

export const deed = (action) => ACTIONS[action][1].split(/[,:]/)[0];

export const listed = (words, last = "and") =>
  (words.length > 1 ? `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}` : words.join());

function actionsInWords(actions) {
  const hasAll = actions.includes(EVERY) || EVERY_ACTION.every((action) => actions.includes(action));
  const isOperator = actions.includes("operator");
  if (hasAll) return isOperator ? "everything, as an operator," : "everything but what needs an operator,";
  return listed(actions.map(labelOf));
}

const collectionsInWords = (patterns) => (patterns.includes(EVERY) ? "in all collections" : `in ${listed(patterns)}`);

/** A sentence about each scope. */
export const scopesInWords = (scopes) =>
  scopes.map(({ actions, collections }) => {
    const text = `${actionsInWords(actions)} ${collectionsInWords(collections)}.`;
    return text[0].toUpperCase() + text.slice(1);
  });

/** The label of a key's state, and its mark, which is one of those of documents. */
export function stateOf({ revoked_at: revoked, expires_at: expires }) {
  if (revoked) return { label: "Revoked", mark: "deleted" };
  if (expires && Date.parse(expires) <= Date.now()) return { label: "Expired", mark: "failed" };
  return { label: "Valid", mark: "ready" };
}

export const expiryInWords = (expires) => (expires ? dateTime(expires) : "never");

/** For how long a former secret is valid after a rotation: seconds and label. */
export const OVERLAPS = [[3600, "for 1 hour"], [86_400, "for 1 day"], [604_800, "for 7 days"], [0, "no longer"]];

/** When a key expires: days and label. */
export const EXPIRIES = [["90", "in 90 days"], ["1", "in 1 day"], ["7", "in 7 days"], ["30", "in 30 days"], ["365", "in 1 year"], ["", "never"]];

/** Each bound of a tenant: its label. */
export const QUOTAS = {
  documents: "Documents", bytes: "Bytes", chunks: "Chunks", answers_per_day: "Answers a day",
};
/** The same of what a tenant has: its answers are those of this day. */
export const USED = { ...QUOTAS, answers_per_day: "Answers today" };
export const LIMITS = {
  requests_per_minute: "Requests a minute", bytes_per_minute: "Bytes a minute", tokens_per_minute: "Tokens a minute",
};

export const bound = (labels, values) =>
  Object.entries(labels).filter(([name]) => values[name]).map(([name, label]) => `${count(values[name])} ${label.toLowerCase()}`);

const quotasInWords = (quotas) => sentence("The tenant may have", bound(QUOTAS, quotas));

export const limitsInWords = (limits) => sentence("Each key may send", bound(LIMITS, limits));

const sentence = (start, words) => (words.length ? `${start} ${listed(words)}.` : "");

/** The quotas and limits of a tenant. */
export const boundsInWords = ({ quotas, limits }) =>
  [quotasInWords(quotas), limitsInWords(limits)].filter(Boolean).join(" ") || "No quotas and no limits.";
