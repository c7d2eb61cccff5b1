// Formats numbers and times for people. A no-break space keeps a unit with its number.

const integer = new Intl.NumberFormat("en");

export const count = (number) => integer.format(number);

export function milliseconds(value) {
  if (value == null) return "–";
  if (value < 10) return `${value.toFixed(1)}\u00a0ms`;
  return value < 1000 ? `${Math.round(value)}\u00a0ms` : duration(value / 1000);
}

export function duration(seconds) {
  if (seconds == null) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)}\u00a0s`;
  if (seconds < 90) return `${Math.round(seconds)}\u00a0s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}\u00a0min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)}\u00a0h` : `${Math.round(seconds / 86400)}\u00a0days`;
}

const AGES = [
  { least: 172800, size: 86400, unit: "days" },
  { least: 3600, size: 3600, unit: "h" },
  { least: 60, size: 60, unit: "min" },
  { least: 0, size: 1, unit: "s" },
]; // in seconds

/** Such as "7 s ago", "1 min ago", "3 h ago". */
export function timeAgo(timestamp) {
  const seconds = Math.max(0, (Date.now() - Date.parse(timestamp)) / 1000);
  if (seconds < 3) return "just now";
  const { size, unit } = AGES.find(({ least }) => seconds >= least);
  return `${Math.floor(seconds / size)}\u00a0${unit} ago`;
}

export const timeOfDay = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The time of day if it is today, to the second, else the date and the time. */
export function moment(timestamp) {
  const time = new Date(timestamp);
  if (time.toDateString() === new Date().toDateString()) return time.toLocaleTimeString();
  return `${time.toLocaleDateString([], { month: "short", day: "numeric" })}, ${clock(time)}`;
}

/** The time of day in hours and minutes. */
export const clock = (time) => new Date(time).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });

export function rate(perSecond) {
  return perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond));
}

const SUFFIXES = { one: "st", two: "nd", few: "rd", other: "th" };
const ordinalRules = new Intl.PluralRules("en", { type: "ordinal" });

export const ordinal = (number) => `${number}${SUFFIXES[ordinalRules.select(number)]}`;

export const plural = (number, noun, nouns = `${noun}s`) => `${count(number)} ${number === 1 ? noun : nouns}`;

export const dateTime = (timestamp) => new Date(timestamp).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function bytes(number) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, number)) / 3));
  const value = number / 1000 ** power;
  return `${value < 10 && power ? value.toFixed(1) : Math.round(value)}\u00a0${UNITS[power]}`;
}
