// Starts the parts of the page of models.

import { startCollection } from "../documents/collection.js";
import { startEventStream } from "../lib/event_stream.js";
import { startActions } from "../models/actions.js";
import { startHistory } from "../models/history.js";
import { startModelList } from "../models/model_list.js";
import { startReading } from "../models/reading.js";
import { startRunningMigration } from "../models/running_migration.js";
import { startStartForm } from "../models/start_form.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startFrame } from "./frame.js";

// Nobody waits for the answer to who is signed in before they can type.
const frame = startFrame();
startModelList();
startRunningMigration();
startActions();
startStartForm();
startHistory();
startReading();
await frame;
startCollection();
startStatusPolling();
startEventStream();
