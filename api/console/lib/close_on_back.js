// The browser's Back closes a dialog, and leaves the page as it is.

/** Call it whenever the dialog opens. */
export function closeOnBack(dialog) {
  history.pushState({ dialog: dialog.id }, "");
  const close = () => dialog.close();
  window.addEventListener("popstate", close);
  dialog.addEventListener("close", () => {
    window.removeEventListener("popstate", close);
    if (isEntryOf(dialog)) history.back();
  }, { once: true });
}

/** Follow a link of the dialog. Its page replaces the dialog in the history, so that Back leads to the page of the dialog. */
export function leaveDialog(dialog, href) {
  if (isEntryOf(dialog)) location.replace(href);
  else location.assign(href);
}

const isEntryOf = (dialog) => history.state?.dialog === dialog.id;
