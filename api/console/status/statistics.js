// The statistics of the status bar, read from GET /v1/stats.

import { count, duration, rate } from "../lib/format.js";

export const STATISTICS = [
  { name: "Interactive queue", value: (stats) => count(stats.lanes.interactive), note: () => "single writes" },
  { name: "Bulk queue", value: (stats) => count(stats.lanes.bulk), note: () => "imports" },
  { name: "Embedded", value: (stats) => rate(stats.embedded_per_second), note: () => "per s, last minute" },
  { name: "Oldest pending", value: (stats) => duration(stats.oldest_pending_seconds), note: () => "waiting time" },
  { name: "Ready", value: (stats) => count(stats.documents.ready), note: (stats) => `of ${count(stats.documents.total)}` },
  {
    name: "Failed",
    value: (stats) => count(stats.documents.failed),
    note: (stats) => (stats.documents.failed ? "see reasons below" : "none"),
    isAlert: (stats) => stats.documents.failed > 0,
  },
  {
    name: "Model",
    value: (stats) => stats.model.name ?? "none yet",
    note: (stats) => (stats.model.dimensions ? `${stats.model.dimensions} dimensions` : "no worker has connected to it"),
    wide: true,
  },
];
