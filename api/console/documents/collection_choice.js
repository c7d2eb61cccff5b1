// A choice between the selected collection and all, which the page's URL keeps.

import { collection } from "./collection.js";
import * as urlState from "../lib/url_state.js";

const ALL = "all";

/** Start the choice of a fieldset. Return a function that has the only collection chosen, or null for all. */
export function startCollectionChoice(fieldset, parameter, onchange) {
  const [here, all] = fieldset.querySelectorAll("input");
  (urlState.read(parameter) === ALL ? all : here).checked = true;
  fieldset.addEventListener("change", () => {
    urlState.write({ [parameter]: all.checked ? ALL : "" });
    onchange();
  });
  return () => (all.checked ? null : collection());
}
