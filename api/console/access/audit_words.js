// Says what an entry of the audit tells, in words.

import { count, duration } from "../lib/format.js";
import { LIMITS, QUOTAS, bound, expiryInWords, listed, scopesInWords } from "./words.js";

/** What was done. What it was done to follows. */
const DONE = {
  "key.create": "made the key",
  "key.change": "changed the key",
  "key.rotate": "rotated the key",
  "key.revoke": "revoked the key",
  "key.revoke-tokens": "revoked the tokens of the key",
  "tenant.create": "made the tenant",
  "tenant.change": "changed the tenant",
  "collection.create": "made the collection",
  "collection.rename": "renamed the collection",
  "collection.delete": "deleted the collection",
  "documents.delete": "deleted the documents that a filter finds in",
  "documents.patch": "changed the metadata of the documents that a filter finds in",
  "model.start": "started a change of the model of",
  "model.pause": "paused the model change of",
  "model.resume": "resumed the model change of",
  "model.cutover": "asked for the cut-over to the new model of",
  "model.rollback": "went back to the old model of",
  "model.finish": "finished the model change of",
  "model.abort": "aborted the model change of",
  "webhook.create": "made the webhook of",
  "webhook.change": "changed the webhook of",
  "webhook.delete": "deleted the webhook of",
};

export const doneInWords = (action) => DONE[action] ?? action;

const WITHOUT_KEY = "no key"; // the id that the API gives before the first key exists

export const actorInWords = ({ id, name }) => name ?? (id === WITHOUT_KEY ? "Someone without a key" : id);

/** What an entry adds: `name: website; expires: never`. */
export const detailsInWords = (detail) =>
  Object.entries(detail).map(([name, value]) => {
    const [label, inWords] = DETAILS[name] ?? [name.replaceAll("_", " "), asText];
    return `${label}: ${inWords(value)}`;
  }).join("; ");

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

const DETAILS = {
  scopes: ["allows", (scopes) => scopesInWords(scopes).join(" ").replace(/\.$/, "")],
  expires_at: ["expires", expiryInWords],
  overlap_seconds: ["former secret valid for", (seconds) => duration(seconds)],
  quotas: ["quotas", (quotas) => listed(bound(QUOTAS, quotas)) || "none"],
  limits: ["limits of each key", (limits) => listed(bound(LIMITS, limits)) || "none"],
  to: ["new name", asText],
  documents: ["documents", count],
  model: ["new model", asText],
  migration: ["change number", count],
  fields: ["the filter reads", listed],
};
