// Starts the parts of the page of questions.

import { startChatState } from "../ask/chat_state.js";
import { startConversation } from "../ask/conversation.js";
import { startPassageDialog } from "../ask/passage_dialog.js";
import { askFromUrl, startQuestionForm } from "../ask/question_form.js";
import { startRecentAnswers } from "../ask/recent_answers.js";
import { startCollection } from "../documents/collection.js";
import { startEventStream } from "../lib/event_stream.js";
import { startConnectionBanner } from "../status/connection_banner.js";
import { startProblems } from "../status/problem_list.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startPage } from "./page.js";

// Nobody waits for the answer to who is signed in before they can type.
const page = startPage();
startConnectionBanner();
startProblems();
startPassageDialog();
startConversation();
startChatState();
startQuestionForm();
startRecentAnswers();
await page;
startCollection().then(askFromUrl);
startStatusPolling();
startEventStream();
