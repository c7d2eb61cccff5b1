// Before the first paint, so that a chosen theme doesn't flash.
try {
  const theme = localStorage.getItem("inkdex-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme serves.
}
