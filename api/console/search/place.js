// The place in the hits to return to from a document.

import { on } from "../lib/event_bus.js";
import { shownHits } from "./hit_list.js";
import { keepPlace, keptPlace } from "./kept_hits.js";
import { hitLimit } from "./more_hits.js";

let place = null;

export function startPlace() {
  history.scrollRestoration = "manual"; // the hits come later than the browser scrolls
  place = keptPlace();
  window.addEventListener("pagehide", leave);
  on("signed-out", () => window.removeEventListener("pagehide", leave));
}

function leave() {
  const focused = shownHits().find(({ element }) => element.contains(document.activeElement));
  keepPlace({ limit: hitLimit(), scroll: window.scrollY, focused: focused?.key ?? null });
}

/** How many hits were shown there, if there is a place to return to. */
export const limitOfPlace = () => place?.limit;

export function forgetPlace() {
  place = null;
}

export function returnToPlace() {
  if (!place) return;
  const title = shownHits().find(({ key }) => key === place.focused)?.title;
  title?.focus({ preventScroll: true });
  if (place.scroll === null) title?.scrollIntoView({ block: "center" });
  else window.scrollTo(0, place.scroll);
  place = null;
}
