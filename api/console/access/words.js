// Says what keys allow and how they are, in words.

import { dateTime } from "../lib/format.js";

/** Each action: its label, and what it allows. */
export const ACTIONS = {
  search: ["Search", "find documents and passages, and embed texts"],
  ask: ["Ask", "get answers from documents"],
  "documents.read": ["Read documents", "read documents and collections, and follow changes"],
  "documents.write": ["Write documents", "create, change, import, retry and delete documents"],
  webhooks: ["Webhooks", "have changes sent to other servers"],
  models: ["Models", "change the embedding model of a collection"],
  stats: ["Statistics", "see statistics and usage"],
  keys: ["Keys", "make and revoke keys of this tenant, and read its audit"],
  operator: ["Operator", "manage all tenants and their keys, and read metrics"],
};

const EVERY = "*";
const allButOperator = Object.keys(ACTIONS).filter((action) => action !== "operator");

const labelOf = (action) => (ACTIONS[action]?.[0] ?? action).toLowerCase();

export const deed = (action) => ACTIONS[action][1].split(",")[0];

export const listed = (words, last = "and") =>
  (words.length > 1 ? `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}` : words.join());

function actionsInWords(actions) {
  const hasAll = actions.includes(EVERY) || allButOperator.every((action) => actions.includes(action));
  const isOperator = actions.includes("operator");
  if (hasAll) return isOperator ? "everything, as an operator" : "everything but what needs an operator";
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
