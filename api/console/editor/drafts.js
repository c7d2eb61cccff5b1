// Keeps what is not saved over a reload, in this tab only: the text of a document must not outlive the session.

const PREFIX = "inkdex-draft";

const nameOf = (document) => JSON.stringify([PREFIX, ...(document ? [document.collection, document.id] : [])]);

/** Keep changed values of a document, or of a new one if it is null. */
export function keepDraft(document, changed) {
  try {
    sessionStorage.setItem(nameOf(document), JSON.stringify({ at: Date.now(), version: document?.version ?? null, changed }));
  } catch {
    forgetDraft(document); // there is no storage, or no room: an older draft would be misleading
  }
}

/** The kept draft as { at, version, changed }, or null. */
export function readDraft(document) {
  try {
    return JSON.parse(sessionStorage.getItem(nameOf(document)));
  } catch {
    return null;
  }
}

/** When the kept changes of a document were made, in words; "" if there are none. */
export function draftTime(document) {
  const draft = readDraft(document);
  return draft ? new Date(draft.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
}

export function forgetDraft(document) {
  try {
    sessionStorage.removeItem(nameOf(document));
  } catch {
    // It was never kept.
  }
}
