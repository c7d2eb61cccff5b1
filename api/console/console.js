// The console: puts its parts together.

import { startCharts } from "./chart.js";
import { startCollection } from "./collection.js";
import { startConnection } from "./connection.js";
import { $, say } from "./dom.js";
import { startEvents } from "./events.js";
import { startFirstStep } from "./first.js";
import { startImport } from "./import.js";
import { startList } from "./list.js";
import { startReceipts } from "./receipts.js";
import { startSearch } from "./search.js";
import { startStatus } from "./status.js";
import { startStrip } from "./strip.js";
import { startWrite } from "./write.js";

const THEMES = { "": "Theme: auto", light: "Theme: light", dark: "Theme: dark" };

function showTheme() {
  say($("theme"), THEMES[document.documentElement.dataset.theme ?? ""]);
}

function nextTheme() {
  const names = Object.keys(THEMES);
  const current = document.documentElement.dataset.theme ?? "";
  const theme = names[(names.indexOf(current) + 1) % names.length];
  document.documentElement.dataset.theme = theme;
  if (!theme) delete document.documentElement.dataset.theme;
  try {
    localStorage.setItem("inkdex-theme", theme);
  } catch {
    // It lasts until the page is left, then.
  }
  showTheme();
}

function shortcut(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  $("query").focus();
}

$("theme").addEventListener("click", nextTheme);
document.addEventListener("keydown", shortcut);
showTheme();
startConnection();
startStrip();
startCharts();
startReceipts();
startWrite();
startImport();
startFirstStep();
startList();
startSearch();
startCollection();
startStatus();
startEvents();
