// Starts the parts of the page of questions.

import { startChatState } from "../ask/chat_state.js";
import { restoreConversation, startConversation } from "../ask/conversation.js";
import { startPassageDialog } from "../ask/passage_dialog.js";
import { askFromUrl, startQuestionForm } from "../ask/question_form.js";
import { startRecentAnswers } from "../ask/recent_answers.js";
import { startCollection } from "../documents/collection.js";
import { startEventStream } from "../lib/event_stream.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startFrame } from "./frame.js";

// Nobody waits for the answer to who is signed in before they can type.
const frame = startFrame();
startPassageDialog();
startConversation();
startChatState();
startQuestionForm();
startRecentAnswers();
await frame;
const isRestored = restoreConversation();
startCollection().then(() => isRestored || askFromUrl());
startStatusPolling();
startEventStream();
