// Creates and updates elements. Strings become text, never HTML.

export const $ = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  return populate(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return populate(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function populate(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

export const button = (label, onclick, attributes = {}) =>
  el("button", { type: "button", class: "secondary", ...attributes, click: onclick }, label);

/** Change a text only if it differs, so that it is not painted or announced twice. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show these children in this order. Move only those out of order, so that the focus stays. */
export function setChildren(parent, children) {
  const kept = new Set(children);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

/** Hide an element. If it has the focus, move the focus to `nextFocus`. */
export function hide(element, nextFocus) {
  const focused = element.contains(document.activeElement);
  element.hidden = true;
  if (focused) nextFocus.focus();
}
