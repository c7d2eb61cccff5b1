// A field for the name of a collection that the picker does not list, or that is to be made.

import { $ } from "../lib/dom.js";

/** `onentered` is called with the name. The focus goes back to the picker only after Enter or Escape. */
export function startOtherCollection(onentered) {
  const field = $("other-collection");
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") field.value = "";
    else if (event.key !== "Enter") return;
    event.preventDefault();
    $("collection").hidden = false;
    $("collection").focus();
  });
  field.addEventListener("blur", () => {
    if (document.activeElement === field) return; // the user is in another window
    show(false);
    onentered(field.value.trim());
  });
}

export function askOtherCollection() {
  show(true);
  $("other-collection").value = "";
  $("other-collection").focus();
}

function show(isAsking) {
  $("collection").hidden = isAsking;
  $("other-collection").hidden = !isAsking;
}
