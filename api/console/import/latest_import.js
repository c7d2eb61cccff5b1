// Remembers the import that this tab sent last, so that it is found in the list, also after a reload.

import { keepInTab, keptInTab } from "../lib/tab_storage.js";

const NAME = "inkdex-latest-import";

export const rememberImport = (id, name) => keepInTab(NAME, { id, name });

/** Its { id, name }, or null. */
export const latestImport = () => keptInTab(NAME);
