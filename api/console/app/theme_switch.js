// Switches between the system's theme, light and dark.

import { $, setText } from "../lib/dom.js";

const LABELS = { "": "Theme: auto", light: "Theme: light", dark: "Theme: dark" };
const root = document.documentElement;
const isDark = matchMedia("(prefers-color-scheme: dark)");

export function startThemeSwitch() {
  $("theme").addEventListener("click", switchTheme);
  showTheme();
}

const currentTheme = () => root.dataset.theme ?? "";

/** The order of the themes. The first press shows: after the system's theme comes the one that differs from it. */
const order = () => (isDark.matches ? ["", "light", "dark"] : ["", "dark", "light"]);

function switchTheme() {
  const themes = order();
  const theme = themes[(themes.indexOf(currentTheme()) + 1) % themes.length];
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    localStorage.setItem("inkdex-theme", theme);
  } catch {
    // Without storage the theme lasts until the page is closed.
  }
  showTheme();
}

function showTheme() {
  setText($("theme"), LABELS[currentTheme()]);
}
