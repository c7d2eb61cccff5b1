// The files that were tried again. They stay in the list, whatever becomes of them, until another list is chosen.

import { readFile } from "../lib/api.js";
import { isMoving } from "./file_row.js";

const ASKED_AT_ONCE = 10;

export class RetriedFiles {
  #files = new Map(); // as they were read last, by id

  get all() {
    return [...this.#files.values()];
  }

  note(file) {
    this.#files.set(file.id, file);
  }

  forget({ id }) {
    this.#files.delete(id);
  }

  clear() {
    this.#files.clear();
  }

  /** Learn their states from files that were read, and ask for those of the others that move. */
  async follow(found, signal) {
    const states = new Map(found.map((file) => [file.id, file]));
    const others = this.all.filter((file) => isMoving(file) && !states.has(file.id));
    for (const file of this.all) this.note(states.get(file.id) ?? file);
    for (const file of others.slice(0, ASKED_AT_ONCE)) await this.#ask(file, signal);
  }

  async #ask(file, signal) {
    try {
      const found = await readFile(file, signal);
      if (!signal.aborted) this.note(found);
    } catch (problem) {
      if (problem.status !== 404) throw problem;
      this.forget(file);
    }
  }
}
