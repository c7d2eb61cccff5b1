// Copies a text when a button is pressed, and says so on the button.

import { setText } from "./dom.js";

const COPIED_MS = 2000;

/** Copy, or call `select` if the browser does not allow it, so that the user can. */
export async function copyOf(button, text, select) {
  const label = button.textContent;
  button.style.minWidth = `${button.offsetWidth}px`; // what is beside it stays where it is
  button.setAttribute("aria-live", "polite");
  try {
    await navigator.clipboard.writeText(text);
    setText(button, "Copied");
  } catch {
    select();
    setText(button, "Selected");
  }
  setTimeout(() => setText(button, label), COPIED_MS);
}
