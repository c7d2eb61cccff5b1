// Switches between the system's theme, light and dark.

import { $, setText } from "../lib/dom.js";

const LABELS = { "": "Theme: auto", light: "Theme: light", dark: "Theme: dark" };
const root = document.documentElement;

export function startThemeSwitch() {
  $("theme").addEventListener("click", switchTheme);
  showTheme();
}

const currentTheme = () => root.dataset.theme ?? "";

function switchTheme() {
  const themes = Object.keys(LABELS);
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
