// Saves a file that the page has made.

import { el } from "./dom.js";

const KEPT_MS = 60_000; // the browser reads the file after the press

export const SAVED_MAX_BYTES = 200 * 1000 ** 2; // the page holds the file in memory
export const NDJSON = "application/x-ndjson";

export function saveFile(parts, name, type) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  el("a", { href: url, download: name.replace(/[/\\:]/g, "_") }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
