// What every page has: the theme, the links to the other pages, who is signed in, and the form to sign in.

import { identity, startHiding } from "../access/identity.js";
import { startSignIn } from "../access/sign_in.js";
import { may, startCaller } from "../lib/caller.js";
import { $, el } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { fetchWithKey, hasKey } from "../lib/session.js";
import { startThemeSwitch } from "./theme_switch.js";

/** The links: path, label, and the action without which a link is hidden. */
const LINKS = [
  { path: "/", label: "Console", ofCollection: true },
  { path: "/console/ask", label: "Ask", action: "ask", ofCollection: true },
  { path: "/console/models", label: "Models", action: "models", ofCollection: true },
  { path: "/console/access", label: "Access", action: "keys" },
  { path: "/docs", label: "API" },
  { path: "/metrics", label: "Metrics", action: "operator", click: openMetrics },
];

/** Start what every page has. Returns when it is known what the user may do. */
export async function startPage() {
  document.querySelector(".page-header nav").prepend(...LINKS.filter(({ path }) => path !== location.pathname).map(link));
  $("theme").before(identity());
  startThemeSwitch();
  startSignIn();
  startHiding();
  await startCaller();
}

function link({ path, label, action, ofCollection, click }) {
  const element = el("a", { href: path, class: ofCollection && "of-collection", click }, label);
  if (action) on("caller-read", () => { element.hidden = !may(action); });
  return element;
}

/** A link cannot send a key. */
async function openMetrics(event) {
  if (!hasKey()) return;
  event.preventDefault();
  const response = await fetchWithKey("/metrics", () => ({}));
  location.assign(URL.createObjectURL(new Blob([await response.text()], { type: "text/plain" })));
}
