// Starts the parts of the page of activity.

import { startLatencyCharts } from "../activity/latency_charts.js";
import { startStatistics } from "../activity/statistics.js";
import { startCollection } from "../documents/collection.js";
import { startEventStream } from "../lib/event_stream.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startFrame } from "./frame.js";

const frame = startFrame();
startStatistics();
startLatencyCharts();
await frame;
startCollection();
startStatusPolling();
startEventStream();
