// All documents, or all files, that failed for one reason.

import { ageOf, showAge } from "../lib/age.js";
import { documentAddress } from "../lib/document_address.js";
import { nameOf } from "../lib/document_name.js";
import { el, setText } from "../lib/dom.js";
import { failedFilesAddress } from "../lib/failed_addresses.js";
import { dateTime, plural } from "../lib/format.js";

/** An item of the list, and a function that shows a group of GET /v1/failures in it. */
export function failureGroup() {
  const title = el("h3");
  const number = el("span", { class: "failure-count" });
  const age = ageOf(0);
  const advice = el("span");
  const when = el("p", { class: "note" }, "Last ", age, advice);
  const examples = el("ul", { class: "examples", "aria-label": "Examples" });
  const element = el("li", { class: "failure" }, el("div", { class: "failure-heading" }, title, number), when, examples);
  let shown = "";

  /** With `isOfAll`, each example says its collection. */
  function show(group, isComplete, isOfAll) {
    setText(title, group.meaning ?? `It failed: ${group.reason.replaceAll("_", " ")}.`);
    setText(number, `${isComplete ? "" : "at least "}${plural(group.count, group.kind)}`);
    showAge(age, group.newest_at);
    setText(advice, ` (${dateTime(group.newest_at)}). ${adviceOn(group)}`);
    const links = JSON.stringify(group.examples);
    if (links !== shown) examples.replaceChildren(...group.examples.map((example) => el("li", {}, link(group.kind, example), isOfAll && el("small", {}, ` in ${example.collection}`))));
    shown = links;
  }

  return { element, show };
}

const adviceOn = ({ kind, retry_may_help: mayHelp }) =>
  (mayHelp ? "Another try may help." : `Another try is unlikely to help: ${kind === "file" ? "import a changed file, or delete it" : "change the text or the model first"}.`);

function link(kind, { collection, id }) {
  const [address, name] = kind === "file" ? [failedFilesAddress(collection), id] : [documentAddress({ collection, id }), nameOf({ id })];
  return el("a", { href: address, title: `${collection}: ${id}` }, name);
}
