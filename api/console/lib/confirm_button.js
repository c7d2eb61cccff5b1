// A button for an action that cannot be undone: it asks for a second press.

import { button, setText } from "./dom.js";

const CONFIRM_MS = 4000;
const DOUBLE_CLICK_MS = 400; // the second half of a double click does not confirm

export function confirmButton(label, question, action) {
  let timer;
  let askedAt;
  let name; // the label for screen readers, if it is not the text
  const element = button(label, press, { blur: reset, keydown: ignoreHeldEnter });

  function press(event) {
    if (!isAsking()) return ask(event);
    if (event.detail > 1 || event.timeStamp - askedAt <= DOUBLE_CLICK_MS) return;
    reset();
    action();
  }

  function ask(event) {
    askedAt = event.timeStamp;
    name = element.getAttribute("aria-label");
    show(question, question);
    timer = setTimeout(reset, CONFIRM_MS);
  }

  function isAsking() {
    return element.classList.contains("danger");
  }

  function reset() {
    if (isAsking()) show(label, name);
  }

  function show(text, labelText) {
    clearTimeout(timer);
    setText(element, text);
    if (labelText === null) element.removeAttribute("aria-label");
    else element.setAttribute("aria-label", labelText);
    element.classList.toggle("danger", text === question);
  }

  return element;
}

function ignoreHeldEnter(event) {
  if (event.repeat && event.key === "Enter") event.preventDefault();
}
