// How long ago something was. While the page is open, every shown age goes on.

import { el, setText } from "./dom.js";
import { dateTime, timeAgo } from "./format.js";

const INTERVAL_MS = 5000;

setInterval(() => document.querySelectorAll("time[data-age]").forEach(updateAge), INTERVAL_MS);

export const ageOf = (timestamp) => showAge(el("time", { "data-age": true }), timestamp);

/** Show another age in an element of `ageOf`. */
export function showAge(element, timestamp) {
  element.dateTime = timestamp;
  element.title = dateTime(timestamp);
  updateAge(element);
  return element;
}

function updateAge(element) {
  setText(element, timeAgo(element.dateTime));
}
