// Keeps what the address names in view while lists above it fill, until the user does something.

const ENDS = ["wheel", "touchstart", "pointerdown", "keydown"];

export function keepTargetInView() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  const filling = new ResizeObserver(() => target.scrollIntoView());
  filling.observe(document.body);
  for (const type of ENDS) addEventListener(type, () => filling.disconnect(), { capture: true, once: true, passive: true });
}
