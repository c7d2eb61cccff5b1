// A button for an action that cannot be undone: it asks for a second press, with Cancel beside it. Escape and leaving it cancel.

import { button, setText } from "./dom.js";

const DOUBLE_CLICK_MS = 400; // the second half of a double click neither confirms nor cancels

/** `question` is a text that names what it is about, or a function that returns it when it is asked. */
export function confirmButton(label, question, action) {
  let askedAt;
  let name; // the label for screen readers, if it is not the text
  const element = button(label, press, { blur: leave, focus: enter, keydown: followKeys });
  const cancel = button("Cancel", pressCancel, { class: "secondary confirm-cancel", blur: leave, keydown: followKeys });

  function press(event) {
    if (!isAsking()) return ask(event);
    if (isOfDoubleClick(event)) return;
    reset();
    action();
  }

  function pressCancel(event) {
    if (isOfDoubleClick(event)) return;
    element.focus();
    reset();
  }

  const isOfDoubleClick = (event) => event.detail > 1 || event.timeStamp - askedAt <= DOUBLE_CLICK_MS;

  function ask(event) {
    askedAt = event.timeStamp;
    name = element.getAttribute("aria-label");
    element.focus(); // not every browser gives it the focus, and it has to be left
    const text = typeof question === "function" ? question() : question;
    element.classList.add("danger");
    show(text, text);
    element.after(cancel);
  }

  function isAsking() {
    return element.classList.contains("danger");
  }

  function reset() {
    if (!isAsking()) return;
    element.classList.remove("danger");
    show(label, name);
    cancel.remove();
  }

  function show(text, labelText) {
    setText(element, text);
    if (labelText === null) element.removeAttribute("aria-label");
    else element.setAttribute("aria-label", labelText);
  }

  const isWithin = (other) => other === element || other === cancel;

  function leave({ relatedTarget }) {
    if (document.hasFocus() && !isWithin(relatedTarget)) reset(); // otherwise the user is in another window
  }

  function enter({ relatedTarget }) {
    if (!isWithin(relatedTarget)) reset();
  }

  function followKeys(event) {
    if (event.repeat && event.key === "Enter") event.preventDefault();
    if (event.key !== "Escape" || !isAsking()) return;
    event.preventDefault();
    event.stopPropagation(); // it would also close what the button is in
    element.focus();
    reset();
  }

  return element;
}
