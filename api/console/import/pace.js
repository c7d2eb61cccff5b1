// Estimates how long something takes that goes on at a changing pace.
//
// The rate is a quotient: what was done, by the time that it took. Both count less the older they are, with half a
// minute of memory, so that a change of pace is known soon, and a burst counts for the pause before it too. At least
// the last four increases are remembered, so that something slow has a steady rate.

const MEMORY_SECONDS = 30;
const MIN_INCREASES = 4;
const MIN_SECONDS = 2; // shorter observations say nothing

export class Pace {
  #done = 0;
  #at = null; // seconds
  #recent = { done: 0, seconds: 0, increases: 0 };

  /** Note how much is done at a time in seconds. The observation starts at the first note. */
  note(done, now) {
    if (this.#at !== null) this.#add(Math.max(0, done - this.#done), now - this.#at);
    this.#done = done;
    this.#at = now;
  }

  #add(done, seconds) {
    const recent = this.#recent;
    const kept = recent.increases > MIN_INCREASES ? Math.exp(-seconds / MEMORY_SECONDS) : 1;
    this.#recent = {
      done: recent.done * kept + done,
      seconds: recent.seconds * kept + seconds,
      increases: recent.increases * kept + (done > 0 ? 1 : 0),
    };
  }

  /** How much is done in a second, or null while that is not known. */
  get rate() {
    const { done, seconds } = this.#recent;
    return seconds < MIN_SECONDS || done === 0 ? null : done / seconds;
  }

  /** The seconds until the rest is done, or null while the rate is not known. */
  secondsLeft(rest) {
    if (rest <= 0) return 0;
    return this.rate && rest / this.rate;
  }
}

/** The seconds until all stages are done: the slowest one decides. Null while one is not known. */
export function slowest(seconds) {
  return seconds.includes(null) ? null : Math.max(0, ...seconds);
}
