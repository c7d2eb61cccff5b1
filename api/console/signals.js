// How the parts of the page tell each other: `status`, `changes`, `stream`, `missed`, `collection`, `edit`.

const bus = new EventTarget();

export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

export const on = (name, listen) => bus.addEventListener(name, (event) => listen(event.detail));
