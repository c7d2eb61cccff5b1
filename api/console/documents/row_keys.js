// Arrow keys move within the list: up and down to the same control of another row, left and right within a row.

const CONTROLS = "input, a, button:not([hidden])";

export function moveByArrows(event) {
  const row = event.target.closest("tr");
  const target = row && targetOf(event, row);
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function targetOf({ key, target }, row) {
  const controls = [...row.querySelectorAll(CONTROLS)];
  const place = controls.indexOf(target);
  if (key === "ArrowRight") return controls[place + 1];
  if (key === "ArrowLeft") return controls[place - 1];
  const neighbour = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[key];
  return neighbour?.querySelector(place ? "a" : "input");
}
