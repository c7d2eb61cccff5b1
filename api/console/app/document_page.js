// Starts the parts of the page of one document.

import { startCollection } from "../documents/collection.js";
import { startEventStream } from "../lib/event_stream.js";
import { openNamed, startReader } from "../reader/reader.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startFrame } from "./frame.js";

const frame = startFrame();
startReader();
const opened = openNamed(frame);
await frame;
startCollection();
startStatusPolling();
startEventStream();
await opened;
