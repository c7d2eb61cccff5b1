// Starts the parts of the page of documents.

import { startCollection } from "../documents/collection.js";
import { startCollectionMenu } from "../documents/collection_menu.js";
import { startDeleteMatching } from "../documents/delete_matching.js";
import { startDescription } from "../documents/description.js";
import { startDocumentList } from "../documents/document_list.js";
import { startExport } from "../documents/export_collection.js";
import { startFailedFiles } from "../documents/failed_files.js";
import { startMoveDialog } from "../documents/move_dialog.js";
import { startQuestion } from "../documents/question.js";
import { startRetryAll } from "../documents/retry_all.js";
import { startSelection } from "../documents/selection.js";
import { startSelectionActions } from "../documents/selection_actions.js";
import { startSelectionBar } from "../documents/selection_bar.js";
import { startWork } from "../documents/work.js";
import { startEventStream } from "../lib/event_stream.js";
import { forgetHits } from "../search/kept_hits.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startFrame } from "./frame.js";

forgetHits();
await startFrame();
startWork();
startDescription();
startSelection();
startSelectionBar();
startSelectionActions();
startRetryAll();
startExport();
startDeleteMatching();
startCollectionMenu();
startQuestion();
startMoveDialog();
startDocumentList();
startFailedFiles();
startCollection();
startStatusPolling();
startEventStream();
