// Requests to the API, and its errors as the sentences they bring.

const TIMEOUT_MS = 15_000;
const IMPORT_TIMEOUT_MS = 120_000;

/** What the API, or the lack of one, answered: `status` is 0 where nobody did. */
export class Problem extends Error {
  constructor(status, message, errors = [], retryAfter = null) {
    super(message);
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter; // seconds
  }
}

export async function request(path, options = {}) {
  const { method = "GET", body, query, headers, signal, timeout = TIMEOUT_MS, parse = JSON.parse } = options;
  const late = AbortSignal.timeout(timeout);
  const init = {
    method,
    // A document's tag is its version, which stays the same when it becomes ready.
    cache: "no-store",
    headers: body === undefined || body instanceof Blob ? headers : { "content-type": "application/json", ...headers },
    body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
    signal: AbortSignal.any([late, ...(signal ? [signal] : [])]),
  };
  const answer = await heard(fetch(path + queryString(query), init), late, "The API can’t be reached.");
  return result(answer, await heard(bodyOf(answer, parse), late, "The API’s answer broke off."));
}

/** What comes of a promise by the network; its failure is a Problem that says so, unless the caller gave up. */
async function heard(coming, late, otherwise) {
  try {
    return await coming;
  } catch (error) {
    if (error.name === "AbortError" && !late.aborted) throw error;
    throw new Problem(0, late.aborted ? "The API did not answer in time." : otherwise);
  }
}

async function bodyOf(answer, parse) {
  const told = answer.status !== 204 && answer.headers.get("content-type")?.includes("json");
  return told ? parse(await answer.text()) : {};
}

function result(answer, body) {
  if (answer.status === 204) return null;
  // Readiness tells of the parts whether all is well or not.
  if (answer.ok || "ready" in body) return body;
  const retryAfter = Number(answer.headers.get("retry-after")) || null;
  throw new Problem(answer.status, body.detail ?? `The API answered ${answer.status}.`, body.errors, retryAfter);
}

function queryString(query = {}) {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

export const documentPath = (id) => `/v1/documents/${encodeURIComponent(id)}`;

export const readDocument = ({ id, collection }, options = {}) =>
  request(documentPath(id), { query: { collection }, ...options });

export const retryDocument = ({ id, collection }) =>
  request(`${documentPath(id)}/retry`, { method: "POST", query: { collection } });

export const deleteDocument = ({ id, collection }) =>
  request(documentPath(id), { method: "DELETE", query: { collection } });

export function importLines(lines, collection, signal) {
  const body = new Blob(lines.flatMap((line) => [line, "\n"]), { type: "application/x-ndjson" });
  return request("/v1/documents/bulk", { method: "POST", body, query: { collection }, signal, timeout: IMPORT_TIMEOUT_MS });
}
