// Sends requests to the API and turns every failure into a Problem with a message for people.

import { fetchWithKey } from "./session.js";

const TIMEOUT_MS = 15_000;
const IMPORT_TIMEOUT_MS = 120_000;
const UPLOAD_TIMEOUT_MS = 600_000;

/** A failed request. `status` is 0 if there was no response. */
export class Problem extends Error {
  constructor(status, message, { type = "", errors = [], retryAfter = null } = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.errors = errors;
    this.retryAfter = retryAfter; // seconds
  }
}

export async function request(path, options = {}) {
  const { method = "GET", body, query, headers, signal, timeout = TIMEOUT_MS, parse = JSON.parse } = options;
  let timeoutSignal;
  const init = () => {
    timeoutSignal = AbortSignal.timeout(timeout);
    return {
      method,
      headers: isSentAsItIs(body) ? headers : { "content-type": "application/json", ...headers },
      body: isSentAsItIs(body) ? body : JSON.stringify(body),
      signal: AbortSignal.any([timeoutSignal, ...(signal ? [signal] : [])]),
    };
  };
  const isLate = () => timeoutSignal.aborted;
  const answer = fetchWithKey(path + queryString(query), init, signal);
  const response = await withProblems(answer, signal, isLate, "The API cannot be reached.");
  const content = await withProblems(readBody(response, parse), signal, isLate, "The API’s response was interrupted.");
  return resultOf(response, content);
}

/** Search. All that was written before is seen, also on a read replica. */
export const requestHits = (body, signal) =>
  request("/v1/search", { method: "POST", headers: { "inkdex-position": "latest" }, body, signal });

const isSentAsItIs = (body) => body === undefined || body instanceof Blob || body instanceof FormData;

/** Wait for the network. A failure becomes a Problem, unless the caller aborted the request. */
async function withProblems(promise, signal, isLate, message) {
  try {
    return await promise;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, isLate() ? "The API did not answer in time." : message);
  }
}

async function readBody(response, parse) {
  const hasJson = response.status !== 204 && response.headers.get("content-type")?.includes("json");
  return hasJson ? parse(await response.text()) : {};
}

function resultOf(response, content) {
  if (response.status === 204) return null;
  // /readyz describes the components in its 503 too.
  if (response.ok || "ready" in content) return content;
  throw problemOf(response, content);
}

function problemOf(response, content) {
  const { type, errors, detail = `The API answered with status ${response.status}.` } = content;
  return new Problem(response.status, detail, { type, errors, retryAfter: secondsUntilRetry(response) });
}

export const secondsUntilRetry = (response) => Number(response.headers.get("retry-after")) || null;

/** Send a request that is answered by a stream. Return the response's body. */
export async function openStream(path, body, signal) {
  const headers = { "content-type": "application/json" };
  const init = () => ({ method: "POST", headers, body: JSON.stringify(body), signal });
  const response = await fetchWithKey(path, init, signal);
  if (response.ok) return response.body;
  throw problemOf(response, await readBody(response, JSON.parse));
}

function queryString(query = {}) {
  const set = Object.entries(query).filter(([, value]) => value != null && value !== "");
  return set.length ? `?${new URLSearchParams(set)}` : "";
}

export const documentPath = (id) => `/v1/documents/${encodeURIComponent(id)}`;

export const collectionPath = (name) => `/v1/collections/${encodeURIComponent(name)}`;

export const migrationsPath = (collection) => `${collectionPath(collection)}/migrations`;

export const readDocument = ({ id, collection }, options = {}) =>
  request(documentPath(id), { query: { collection }, ...options });

export const retryDocument = ({ id, collection }) =>
  request(`${documentPath(id)}/retry`, { method: "POST", query: { collection } });

export const deleteDocument = ({ id, collection }) =>
  request(documentPath(id), { method: "DELETE", query: { collection } });

/** Import lines of JSON. Requests with the same id, a UUID, are one import. */
export function importLines(lines, { collection, id, signal }) {
  const body = new Blob(lines.flatMap((line) => [line, "\n"]), { type: "application/x-ndjson" });
  const query = { collection, import: id };
  return request("/v1/documents/bulk", { method: "POST", body, query, signal, timeout: IMPORT_TIMEOUT_MS });
}

/** Send a form with a file. Requests with the same id, a UUID, are one import. */
export const uploadFile = (form, { collection, replace, id, signal }) =>
  request("/v1/files", { method: "POST", body: form, query: { collection, replace, import: id }, signal, timeout: UPLOAD_TIMEOUT_MS });

/** Say that all of an import is sent. */
export const endImport = (id, signal) => request(`/v1/imports/${id}/end`, { method: "POST", signal });

export const filesPage = (query, signal) => request("/v1/files", { query, signal });

const filePath = (id) => `/v1/files/${encodeURIComponent(id)}`;

export const readFile = ({ id, collection }, signal) => request(filePath(id), { query: { collection }, signal });

export const retryFile = ({ id, collection }) =>
  request(`${filePath(id)}/retry`, { method: "POST", query: { collection } });

export const deleteFile = ({ id, collection }) =>
  request(filePath(id), { method: "DELETE", query: { collection } });
