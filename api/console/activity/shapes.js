// SVG paths through values that are evenly spaced. Null is a gap.

export const WIDTH = 1000;

const GAPS_MAX = 100;

const x = (index, length) => ((index * WIDTH) / length).toFixed(1);
const yOf = (height, maximum) => (value) => (height - (value / maximum) * height).toFixed(1);

const isAbsent = (value) => (value ?? null) === null;

/** Lines between neighbours. */
function line(values, height, maximum) {
  const y = yOf(height, maximum);
  return values.map((value, index) => {
    if (isAbsent(value)) return "";
    return `${isAbsent(values[index - 1]) ? "M" : "L"}${x(index + 0.5, values.length)} ${y(value)}`;
  }).join("");
}

/** A value without neighbours is a dot: a line without length, with round ends. */
export function dots(values, height, maximum) {
  const y = yOf(height, maximum);
  return values.map((value, index) => {
    const isAlone = !isAbsent(value) && isAbsent(values[index - 1]) && isAbsent(values[index + 1]);
    return isAlone ? `M${x(index + 0.5, values.length)} ${y(value)}h0` : "";
  }).join("");
}

/** A bar for each value. The smallest are still visible. Between many there is no room for gaps. */
function bars(values, height, maximum) {
  const gap = values.length > GAPS_MAX ? 0 : 0.2;
  const width = ((1 - gap) * WIDTH) / values.length;
  return values.map((value, index) => {
    if (!value) return "";
    const top = Math.min(height - 1.5, yOf(height, maximum)(value));
    return `M${x(index + gap / 2, values.length)} ${height}V${top}h${width.toFixed(1)}V${height}z`;
  }).join("");
}

/** The ground under stairs, a step for each value. */
function area(values, height, maximum) {
  const y = yOf(height, maximum);
  return values.map((value, index) => (value === null ? "" :
    `M${x(index, values.length)} ${height}V${y(value)}H${x(index + 1, values.length)}V${height}z`)).join("");
}

export const SHAPES = { line, bars, area };
