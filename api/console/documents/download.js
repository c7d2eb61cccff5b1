// Saves a file that the page has made.

import { el } from "../lib/dom.js";

const KEPT_MS = 60_000; // the browser reads the file after the press

export function save(parts, name) {
  const url = URL.createObjectURL(new Blob(parts, { type: "application/x-ndjson" }));
  el("a", { href: url, download: name.replace(/[/\\:]/g, "_") }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
