// What the user's own tenant has, and what it may have.

import { request } from "../lib/api.js";
import { currentCaller, may } from "../lib/caller.js";
import { $, setText } from "../lib/dom.js";
import { bars } from "./bars.js";
import { limitsInWords } from "./words.js";

export function startUsage() {
  if (may("stats")) show();
}

async function show() {
  try {
    const { usage, quotas, limits } = await request("/v1/usage");
    setText($("usage-tenant"), currentCaller()?.tenant ?? "");
    $("usage").replaceChildren(...bars(usage, quotas));
    setText($("usage-limits"), limitsInWords(limits));
    $("usage-section").hidden = false;
  } catch {
    // Keys and tenants can be managed without it.
  }
}
