// A key that would choose another collection while the list of them is closed opens the list instead.

const MOVES = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"];

export function openByKeys(picker) {
  if (!CSS.supports("selector(:open)") || !picker.showPicker) return;
  picker.addEventListener("keydown", (event) => {
    if (!isChoice(event) || picker.matches(":open")) return;
    event.preventDefault();
    picker.showPicker();
  });
}

const isChoice = ({ key, ctrlKey, metaKey, altKey }) =>
  !ctrlKey && !metaKey && !altKey && (MOVES.includes(key) || (key.length === 1 && !" /".includes(key)));
