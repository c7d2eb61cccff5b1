// On a narrow screen, a button opens the menu. On a wide one, the menu is part of the side bar.

import { $ } from "../lib/dom.js";

export function startMenu() {
  $("menu-toggle").addEventListener("click", () => setOpen(!isOpen()));
  document.addEventListener("keydown", ({ key }) => key === "Escape" && isOpen() && !isHelpOpen() && close());
  document.addEventListener("click", ({ target }) => !target.closest("#menu, #menu-toggle, .help") && setOpen(false));
}

/** Escape closes the help first. */
const isHelpOpen = () => Boolean(document.querySelector(".help:popover-open"));

const isOpen = () => $("menu-toggle").getAttribute("aria-expanded") === "true";

function close() {
  setOpen(false);
  $("menu-toggle").focus();
}

function setOpen(open) {
  $("menu-toggle").setAttribute("aria-expanded", String(open));
  $("menu").classList.toggle("open", open);
}
