// Does something with many documents, a few at a time, and says how far it is and how it ended.

import { Problem } from "../lib/api.js";
import { shortNameOf } from "../lib/document_name.js";
import { $, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { count, plural } from "../lib/format.js";

const AT_ONCE = 4;

let isBusy = false;

/** Say something above the list, and offer `more`: elements. */
export function say(text, ...more) {
  if (more.length) $("list-message").replaceChildren(text, " ", ...more);
  else setText($("list-message"), text);
}

/** Forget what was said when the user has read it, or selects another collection. */
export function startWork() {
  on("collection-selected", () => say(""));
  $("dismiss-message").addEventListener("click", () => {
    $("documents-list").focus();
    say("");
  });
}

/**
 * Run `action` for each document. `words` are what is being done, what was done, and
 * maybe to where: ["Moving", "Moved", " to archive"]. `more` are elements that stand after what is said at the end, if it worked for any.
 */
export async function workThrough(documents, words, action, more = []) {
  if (isBusy) return false;
  const waiting = [...documents];
  const problems = [];
  let ended = 0;
  const progress = () => say(`${words[0]} ${count(ended)} of ${plural(documents.length, "document")}…`);
  const worker = async () => {
    for (let document = waiting.shift(); document; document = waiting.shift()) {
      await action(document).catch((problem) => problems.push(known(problem)));
      ended += 1;
      progress();
    }
  };
  await busy(() => Promise.all(Array.from({ length: AT_ONCE }, worker)));
  say(result(documents, problems, words), ...(problems.length < documents.length ? more : []));
  return problems.length === 0;
}

/** Run something that takes a while. A failure is said, and no other work can begin meanwhile. */
export async function busy(work) {
  if (isBusy) return null;
  isBusy = true;
  emit("work-begun");
  try {
    return await work();
  } catch (problem) {
    say(known(problem).message);
    return null;
  } finally {
    isBusy = false;
    emit("work-ended");
    emit("list-outdated");
  }
}

function known(problem) {
  if (problem instanceof Problem) return problem;
  throw problem;
}

function result(documents, problems, [, done, where = ""]) {
  const number = documents.length - problems.length;
  const good = `${done} ${documents.length === 1 ? shortNameOf(documents[0]) : plural(number, "document")}${where}.`;
  if (!problems.length) return good;
  const reasons = [...new Set(problems.map(({ message }) => message))].slice(0, 2).join(" ");
  if (documents.length === 1) return reasons;
  return `${number ? `${good} ` : ""}Not ${count(problems.length)}: ${reasons}`;
}
