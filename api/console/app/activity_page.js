// Starts the parts of the page of activity.

import { startFailures } from "../activity/failures.js";
import { startFiguresNow } from "../activity/figures_now.js";
import { startHistory } from "../activity/history.js";
import { startParts } from "../activity/parts.js";
import { startCollection } from "../documents/collection.js";
import { startEventStream } from "../lib/event_stream.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startFrame } from "./frame.js";

const frame = startFrame();
startFiguresNow();
startParts();
await frame;
startFailures();
startHistory();
startCollection();
startStatusPolling();
startEventStream();
