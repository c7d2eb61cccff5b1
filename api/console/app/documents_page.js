// Starts the parts of the page of documents.

import { startCollection } from "../documents/collection.js";
import { startDocumentList } from "../documents/document_list.js";
import { startEventStream } from "../lib/event_stream.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startFrame } from "./frame.js";

// Nobody waits for the answer to who is signed in before they can type.
const frame = startFrame();
await frame;
startDocumentList();
startCollection();
startStatusPolling();
startEventStream();
