// Starts the parts of the page of imports.

import { startCollection } from "../documents/collection.js";
import { startFailedDocuments } from "../import/failed_documents.js";
import { startFileList } from "../import/file_list.js";
import { startImportList } from "../import/import_list.js";
import { startImportPanel } from "../import/import_panel.js";
import { may } from "../lib/caller.js";
import { startEventStream } from "../lib/event_stream.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startFrame } from "./frame.js";

// Nobody waits for the answer to who is signed in before they can choose files.
const frame = startFrame();
startImportPanel();
await frame;
startCollection();
startFailedDocuments();
startImportList();
if (may("documents.read")) startFileList();
startStatusPolling();
startEventStream();
