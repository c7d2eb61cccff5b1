// A field for the name of a collection that the picker does not list, or that is to be made.

import { $ } from "../lib/dom.js";

/** `onentered` is called with the name. The focus goes back to the picker after Enter, Escape and the button. */
export function startOtherCollection(onentered) {
  const field = $("other-collection");
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") field.value = "";
    else if (event.key !== "Enter") return;
    event.preventDefault();
    leaveField();
  });
  $("other-collection-done").addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  $("other-collection-done").addEventListener("click", leaveField);
  field.addEventListener("blur", () => {
    if (document.activeElement === field) return; // the user is in another window
    show(false);
    onentered(field.value.trim());
  });
}

function leaveField() {
  $("collection").hidden = false;
  $("collection").focus();
}

export function askOtherCollection() {
  show(true);
  $("other-collection").value = "";
  $("other-collection").focus();
}

function show(isAsking) {
  $("collection").hidden = isAsking;
  $("other-collection").hidden = $("other-collection-done").hidden = !isAsking;
}
