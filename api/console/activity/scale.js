// Round numbers for the axes of a chart.

const STEPS = [1, 2, 4, 6, 8, 10];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TICK_SPACING = { 1: 10 * MINUTE, 6: HOUR, 24: 4 * HOUR };

/** The end of an axis that reaches at least to `highest`. Its half is round, too. */
export function roundedUp(highest) {
  if (!(highest > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(highest));
  return STEPS.find((step) => step * unit >= highest) * unit;
}

/** The same for a time in milliseconds, in the unit in which people read it. */
export function roundedUpTime(highest) {
  const unit = highest > 1.5 * HOUR ? HOUR : highest > 1.5 * MINUTE ? MINUTE : 1;
  return roundedUp(highest / unit) * unit;
}

/** Times of day between two times, in milliseconds since 1970, at full hours or minutes of the local clock. */
export function ticks(since, until, hours) {
  const spacing = TICK_SPACING[hours];
  const offset = new Date(until).getTimezoneOffset() * MINUTE;
  const first = Math.ceil((since - offset) / spacing) * spacing + offset;
  return Array.from({ length: Math.max(0, Math.floor((until - first) / spacing) + 1) }, (_, n) => first + n * spacing);
}
