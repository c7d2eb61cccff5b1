// Starts the parts of the page of searches.

import { startCollection } from "../documents/collection.js";
import { startEventStream } from "../lib/event_stream.js";
import { forgetAnswer } from "../lib/kept_answer.js";
import { startFacets } from "../search/facets.js";
import { startRecent } from "../search/recent.js";
import { searchFromUrl, startSearch } from "../search/search.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startFrame } from "./frame.js";
import { startOnboarding } from "./onboarding.js";

// Nobody waits for the answer to who is signed in before they can type.
const frame = startFrame();
startOnboarding();
startFacets();
startRecent();
startSearch();
forgetAnswer();
await frame;
searchFromUrl();
startCollection();
startStatusPolling();
startEventStream();
