// One moment that all charts show together: where the pointer is, or where the arrow keys lead. Else the latest.

const PAGE = 10;
const MOVES = {
  ArrowLeft: (index) => index - 1,
  ArrowRight: (index) => index + 1,
  ArrowDown: (index) => index - 1,
  ArrowUp: (index) => index + 1,
  PageDown: (index) => index - PAGE,
  PageUp: (index) => index + PAGE,
  Home: () => 0,
  End: (_, last) => last,
};

export class Cursor {
  #charts = [];
  #index = null; // null: the latest
  #length = 0;

  follow(chart) {
    this.#charts.push(chart);
    const { plot } = chart;
    const point = (event) => this.#move(indexAt(event, plot, this.#length));
    const leave = () => plot !== document.activeElement && this.#move(null);
    plot.addEventListener("pointerdown", point);
    plot.addEventListener("pointermove", point);
    plot.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && leave());
    plot.addEventListener("pointercancel", leave); // the finger scrolls the page
    plot.addEventListener("focus", () => this.#move(this.#index ?? this.#length - 1));
    plot.addEventListener("blur", () => this.#move(null));
    plot.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Show the charts' new points. A moment that is still among them stays. */
  update(length, shift = 0) {
    const moved = this.#index === null ? null : this.#index - shift;
    this.#length = length;
    this.#move(moved < 0 ? null : moved);
  }

  #press(event) {
    const move = MOVES[event.key];
    if (event.key === "Escape") return this.#move(null);
    if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.#move(move(this.#index ?? this.#length - 1, this.#length - 1));
  }

  #move(index) {
    if (!this.#length) return;
    const last = this.#length - 1;
    this.#index = index === null ? null : Math.max(0, Math.min(last, index));
    for (const chart of this.#charts) chart.read(this.#index ?? last, this.#index !== null);
  }
}

function indexAt({ clientX }, plot, length) {
  const { left, width } = plot.firstElementChild.getBoundingClientRect();
  return Math.floor(((clientX - left) / width) * length);
}
