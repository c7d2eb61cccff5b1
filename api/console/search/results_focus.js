// Where to go on after a press on what then disappears. Not the search field: it opens the keyboard of a phone.

import { $ } from "../lib/dom.js";

export const focusResults = () => ($("results-bar").hidden ? $("page-title") : $("search-summary")).focus();
