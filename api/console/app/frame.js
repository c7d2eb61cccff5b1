// What every page has: links, the menu, who is signed in, the form to sign in, and the line of status.

import { identity, startHiding } from "../access/identity.js";
import { startSignIn } from "../access/sign_in.js";
import { may, startCaller } from "../lib/caller.js";
import { linkToCollection } from "../lib/collection_links.js";
import { $ } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { fetchWithKey, hasKey } from "../lib/session.js";
import * as urlState from "../lib/url_state.js";
import { startConnectionBanner } from "../status/connection_banner.js";
import { startStatusLine } from "../status/status_line.js";
import { startMenu } from "./menu.js";
import { startQuickSearch } from "./quick_search.js";
import { keepTargetInView } from "./target_in_view.js";
import { startThemeSwitch } from "./theme_switch.js";

/** Start what every page has. Returns when it is known what the user may do. */
export async function startFrame() {
  const collection = urlState.read("collection");
  if (collection) linkToCollection(collection);
  $("identity").append(identity());
  $("metrics").addEventListener("click", openMetrics);
  startMenu();
  keepTargetInView();
  startQuickSearch();
  startThemeSwitch();
  startConnectionBanner();
  startStatusLine();
  startSignIn();
  startHiding();
  on("caller-read", showLinks);
  await startCaller();
}

function showLinks() {
  for (const link of document.querySelectorAll("[data-needed-action]")) link.hidden = !may(link.dataset.neededAction);
}

/** A link cannot send a key. Browsers open a tab only at once after a press. */
async function openMetrics(event) {
  if (!hasKey()) return;
  event.preventDefault();
  const tab = open("", "_blank");
  const response = await fetchWithKey("/metrics", () => ({})).catch(() => null);
  if (!response) return tab?.close();
  const address = URL.createObjectURL(new Blob([await response.text()], { type: "text/plain" }));
  if (tab) tab.location.replace(address);
}
