// What the charts show of GET /v1/activity, in words.

import { count, milliseconds } from "../lib/format.js";
import { roundedUp, roundedUpTime } from "./scale.js";

const TALL = 96;
const LOW = 32;

const sum = (numbers) => Object.values(numbers).reduce((total, number) => total + number, 0);

const counted = (name, value, shape, kind = "") => ({
  name, kind, shape, value, format: (number) => (number === null ? "–" : count(number)),
});

const time = (key, absent, name, percentile, kind) => ({
  name, kind, absent, shape: "line", value: (point) => point[key]?.[percentile] ?? null, format: milliseconds,
});

/** `absent` says that nothing was measured. */
const times = (key, title, absent) => ({
  title, height: TALL, rounded: roundedUpTime, label: (value) => milliseconds(value).replace(".0", ""),
  series: [time(key, absent, "Half within", "p50_ms", "half"), time(key, absent, "95\u00a0% within", "p95_ms", "most")],
});

const counts = (title, height, series) => ({ title, height, rounded: (highest) => Math.max(2, roundedUp(highest)), label: count, series: [series] });

/** Charts of panels, which share the axis of time. A panel has one axis of values. */
export const CHARTS = [
  {
    title: "Documents", isWide: true,
    panels: (per) => [
      counts(`Ready ${per}`, TALL, counted("Ready", ({ ready }) => ready, "bars")),
      counts("Pending", TALL, counted("Pending", ({ pending }) => pending && sum(pending), "area", "pending")),
      counts(`Failed documents ${per}`, LOW, counted("Failed documents", ({ failed }) => failed, "bars", "failed")),
    ],
  },
  {
    title: "Searches",
    panels: (per) => [
      times("search", "From request to answer", "no searches"),
      counts(`Searches ${per}`, LOW, counted("Searches", ({ searches }) => searches, "bars", "requests")),
    ],
  },
  {
    title: "Writes",
    panels: (per) => [
      times("write", "From request to answer", "no writes"),
      counts(`Writes ${per}, without imports`, LOW, counted("Writes", ({ writes }) => writes, "bars", "requests")),
    ],
  },
  { title: "Waiting", panels: () => [times("waiting", "From write to ready", "no documents")] },
  { title: "Embedding", panels: () => [times("embedding", "One call of the model, for all collections", "no calls")] },
];

/** Whether no server and no worker ran, or nothing was recorded. */
export const isGap = (point) => Object.entries(point).every(([name, value]) => name === "time" || value === null);

export const perStep = (seconds) => (seconds === 60 ? "per minute" : `per ${Math.round(seconds / 60)} minutes`);
