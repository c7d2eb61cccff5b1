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

export async function request(path, { method = "GET", body, query, headers, signal, timeout = TIMEOUT_MS } = {}) {
  const answer = await send(path + queryString(query), {
    method,
    // A document's tag is its version, which stays the same when it becomes ready.
    cache: "no-store",
    headers: body === undefined || body instanceof Blob ? headers : { "content-type": "application/json", ...headers },
    body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
    signal: AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]),
  });
  return read(answer);
}

async function send(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const silent = error.name === "TimeoutError";
    throw new Problem(0, silent ? "The API did not answer in time." : "The API can’t be reached.");
  }
}

async function read(answer) {
  if (answer.status === 204) return null;
  const json = answer.headers.get("content-type")?.includes("json");
  const body = json ? await answer.json() : {};
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

export const readDocument = ({ id, collection }) =>
  request(documentPath(id), { query: { collection } });

export const retryDocument = ({ id, collection }) =>
  request(`${documentPath(id)}/retry`, { method: "POST", query: { collection } });

export const deleteDocument = ({ id, collection }) =>
  request(documentPath(id), { method: "DELETE", query: { collection } });

export function importLines(lines, collection, signal) {
  const body = new Blob(lines.flatMap((line) => [line, "\n"]), { type: "application/x-ndjson" });
  return request("/v1/documents/bulk", { method: "POST", body, query: { collection }, signal, timeout: IMPORT_TIMEOUT_MS });
}
