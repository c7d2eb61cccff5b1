// Applies the saved theme before the first paint, so that the page does not flash.
try {
  const theme = localStorage.getItem("inkdex-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the page follows the system's theme.
}
