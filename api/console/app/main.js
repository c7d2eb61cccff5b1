// Starts the parts of the console.

import { startCollection } from "../documents/collection.js";
import { startDocumentList } from "../documents/document_list.js";
import { startWriteForm } from "../documents/write_form.js";
import { startWriteStatus } from "../documents/write_status.js";
import { startImportPanel } from "../import/import_panel.js";
import { startEventStream } from "../lib/event_stream.js";
import { searchFromUrl, startSearch } from "../search/search.js";
import { startConnectionBanner } from "../status/connection_banner.js";
import { startLatencyCharts } from "../status/latency_charts.js";
import { startProblems } from "../status/problem_list.js";
import { startStatusBar } from "../status/status_bar.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startOnboarding } from "./onboarding.js";
import { startPage } from "./page.js";

// Nobody waits for the answer to who is signed in before they can type.
const page = startPage();
startConnectionBanner();
startStatusBar();
startProblems();
startLatencyCharts();
startWriteStatus();
startWriteForm();
startImportPanel();
startOnboarding();
startSearch();
await page;
startDocumentList();
searchFromUrl();
startCollection();
startStatusPolling();
startEventStream();
