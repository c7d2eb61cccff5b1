// Shows a banner while the page is not up to date because the API or its event stream is unreachable.

import { $, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { timeOfDay } from "../lib/format.js";

const GRACE_MS = 1500; // a stream that reconnects at once needs no banner
const RECONNECTED_MS = 3000;

let reachable = true;
let streamState = "connecting";
let lostAt = null;
let timer = null;

export function startConnectionBanner() {
  on("status", ({ components }) => { reachable = components !== null; update(); });
  on("stream-state", (state) => { streamState = state; update(); });
}

function update() {
  const connected = reachable && streamState !== "retrying";
  if (connected && lostAt !== null && streamState === "live") reconnected();
  else if (!connected && lostAt === null) disconnected();
  else if (!reachable) showLost();
}

function disconnected() {
  lostAt = new Date();
  clearTimeout(timer); // it may be about to hide an earlier message
  timer = setTimeout(showLost, reachable ? GRACE_MS : 0);
}

function showLost() {
  const cause = reachable ? "Live updates are interrupted." : "The connection to the API is lost.";
  show(`${cause} Reconnecting. This page shows the state at ${timeOfDay(lostAt)}.`, "disconnected");
}

function reconnected() {
  clearTimeout(timer);
  lostAt = null;
  if (!$("connection").classList.contains("visible")) return;
  show("Reconnected. This page is up to date.", "reconnected");
  timer = setTimeout(hide, RECONNECTED_MS);
}

function show(text, kind) {
  setText($("connection"), text);
  $("connection").className = `banner ${kind} visible`;
}

function hide() {
  $("connection").className = "banner";
  setText($("connection"), "");
}
