// Retries all failed documents of the collection.

import { request } from "../lib/api.js";
import { $ } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { collection } from "./collection.js";
import { busy, say } from "./work.js";

export function startRetryAll() {
  $("retry-all").addEventListener("click", () => busy(retryAll));
}

async function retryAll() {
  const query = { status: "failed", collection: collection() };
  const { retried } = await request("/v1/documents/retry", { method: "POST", query });
  say(`Retrying ${plural(retried, "document")} of this collection.`);
}
