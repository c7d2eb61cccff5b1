// Elements from text and nothing else: no string is ever read as HTML.

export const $ = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

export const button = (label, onclick, attributes = {}) =>
  el("button", { type: "button", class: "quiet", ...attributes, click: onclick }, label);

/** Change a text only if it differs, so that nothing is painted or announced twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };

/** The nodes of a snippet: the API escapes it all but for <mark>, which becomes an element. */
export function snippet(escaped) {
  return escaped.split(/<\/?mark>/).map((part, place) => {
    const text = part.replace(/&(?:lt|gt|quot|#x27|amp);/g, (entity) => ENTITIES[entity]);
    return place % 2 ? el("mark", {}, text) : text;
  });
}

/** Show elements in this order, moving only what is out of place: focus stays where it is. */
export function arrange(parent, elements) {
  const wanted = new Set(elements);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, place) => {
    if (parent.children[place] !== element) parent.insertBefore(element, parent.children[place] ?? null);
  });
}

/** Hide an element; if focus was in it, `instead` gets it. */
export function hide(element, instead) {
  const focused = element.contains(document.activeElement);
  element.hidden = true;
  if (focused) instead.focus();
}

const ASK_MS = 4000;
const HASTE_MS = 400; // the second half of a double click is no answer

/** A button that asks once more before it does what can't be undone. */
export function confirmed(label, question, act) {
  let timer;
  let askedAt;
  const asks = () => asking.classList.contains("danger");
  const calm = () => { if (asks()) put(label, asking.dataset.name); };
  const put = (text, name) => {
    clearTimeout(timer);
    say(asking, text);
    asking.setAttribute("aria-label", name);
    asking.classList.toggle("danger", text === question);
  };
  const answered = (event) => event.detail < 2 && event.timeStamp - askedAt > HASTE_MS;
  const asking = button(label, (event) => {
    if (asks()) {
      if (answered(event)) { calm(); act(); }
      return;
    }
    askedAt = event.timeStamp;
    asking.dataset.name = asking.getAttribute("aria-label");
    put(question, question);
    timer = setTimeout(calm, ASK_MS);
  }, { blur: () => calm(), keydown: once });
  return asking;
}

/** A key that is held down presses once. */
const once = (event) => { if (event.repeat && event.key === "Enter") event.preventDefault(); };
