// Where to go on after a press on what then disappears. Not the search field: it opens the keyboard of a phone.

import { $ } from "../lib/dom.js";

export function focusResults() {
  if ($("facets-sheet").open) $("show-hits").focus(); // what is behind it takes no focus
  else ($("results-bar").hidden ? $("page-title") : $("search-summary")).focus();
}
