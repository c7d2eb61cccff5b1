// Sentences about a search as a whole.

import { milliseconds, plural } from "../lib/format.js";
import { readQuery } from "./query_syntax.js";

const COUNTED = 100; // the hits that the page can show

export const DEGRADED = "Results match words only, because the model server is not answering. " +
  "Search by meaning resumes automatically.";

/** How many documents were found, how long that took, whether none of them has a word of the query, and what is left out. */
export function summaryOf(answer, isNewestFirst, { mode, q }) {
  const areByMeaning = mode === "hybrid" && answer.hits.length && answer.hits.every(({ ranks }) => ranks.text === null);
  const sentences = [areByMeaning && "None has a word of your query", answer.hits.length && leftOut(readQuery(q).excluded)].filter(Boolean);
  return sentences.length ? `${[numberOf(answer, isNewestFirst), ...sentences].join(". ")}.` : numberOf(answer, isNewestFirst);
}

/** How many were found. A search that stops early has counted some of them, and a narrower one may count more. */
export function totalOf({ count: number, exact }, noun) {
  if (exact) return plural(number, noun);
  return number > COUNTED ? `more than ${plural(COUNTED, noun)}` : `at least ${plural(number, noun)}`;
}

const leftOut = (excluded) => excluded.length > 0 && `Documents with ${excluded.map((text) => `“${text}”`).join(" or ")} are left out`;

function numberOf({ hits, total, timings_ms }, isNewestFirst) {
  if (!hits.length) return `No hits in ${milliseconds(timings_ms.total)}`;
  const all = totalOf(total, "document");
  const isPart = hits.length < total.count;
  const best = isNewestFirst && isPart ? "The best " : "";
  return `${best}${isPart ? `${hits.length} of ${all}` : all} in ${milliseconds(timings_ms.total)}`;
}

export function timingOf({ timings_ms: took, query_embedding }) {
  const parts = [
    { cached: "the query’s meaning was known from before", computed: `${milliseconds(took.embed)} for the query’s meaning` }[query_embedding],
    `${milliseconds(took.query)} for finding`,
  ].filter(Boolean);
  return `This search took ${milliseconds(took.total)}: ${parts.join(", ")}.`;
}
