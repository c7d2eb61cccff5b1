// Copies a text when a button is pressed, and says so on the button.

import { setText } from "./dom.js";

const COPIED_MS = 2000;

const timers = new WeakMap(); // of the buttons that say what they did

/** Copy, or call `select` if the browser does not allow it, so that the user can. */
export async function copyOf(button, text, select) {
  const label = (button.dataset.label ??= button.textContent);
  button.style.minWidth = `${button.offsetWidth}px`; // what is beside it stays where it is
  button.setAttribute("aria-live", "polite");
  clearTimeout(timers.get(button));
  try {
    await navigator.clipboard.writeText(text);
    setText(button, "Copied");
  } catch {
    select();
    setText(button, "Selected");
  }
  timers.set(button, setTimeout(() => setText(button, label), COPIED_MS));
}
