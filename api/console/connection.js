// Whether what the page shows is live, said plainly when it is not.

import { $, say } from "./dom.js";
import { clock } from "./format.js";
import { on } from "./signals.js";

const GRACE_MS = 1500; // a stream that resumes at once is no news
const SAID_MS = 3000;

let reachable = true;
let stream = "connecting";
let lostAt = null;
let timer = null;

export function startConnection() {
  on("status", ({ parts }) => { reachable = parts !== null; judge(); });
  on("stream", (state) => { stream = state; judge(); });
}

function judge() {
  const well = reachable && stream !== "retrying";
  if (well && lostAt !== null && stream === "live") found();
  else if (!well && lostAt === null) {
    lostAt = new Date();
    clearTimeout(timer); // what was found again may still be said
    timer = setTimeout(show, reachable ? GRACE_MS : 0);
  } else if (!reachable) show();
}

function show() {
  const cause = reachable ? "Live changes" : "Connection";
  say($("connection"), `${cause} lost, retrying. What you see is as of ${clock(lostAt)}.`);
  $("connection").className = "banner lost shown";
}

function found() {
  clearTimeout(timer);
  lostAt = null;
  if (!$("connection").classList.contains("shown")) return;
  say($("connection"), "Connected again, and caught up.");
  $("connection").className = "banner found shown";
  timer = setTimeout(hide, SAID_MS);
}

function hide() {
  $("connection").className = "banner";
  say($("connection"), "");
}
