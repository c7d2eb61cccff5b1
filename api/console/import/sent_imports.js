// Remembers the imports that this tab has sent, so that they are found in the list, also after a reload.

import { keepInTab, keptInTab } from "../lib/tab_storage.js";

const NAME = "inkdex-sent-imports";
const KEPT = 20;

/** Their { id, name }, the latest first. */
export const sentImports = () => keptInTab(NAME) ?? [];

export const rememberImport = (id, name) => keepInTab(NAME, [{ id, name }, ...sentImports()].slice(0, KEPT));
