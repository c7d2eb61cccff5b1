// A question and its answer, as the events of the answer arrive.

import { copyOf } from "../lib/copy.js";
import { button, el, setText } from "../lib/dom.js";
import { withCommand } from "../status/chat_words.js";
import { AnswerText } from "./answer_text.js";
import { isExplained } from "./chat_state.js";
import { measurements } from "./measurements.js";
import { openPassage } from "./passage_dialog.js";
import { refusal } from "./refusal.js";
import { SourceList, titleOf } from "./source_list.js";
import { markUncited } from "./uncited.js";
import * as words from "./words.js";

const SEARCHING = "Searching the documents…";
const STOPPED = "You stopped this answer.";
const LEFT = "You left the page before this answer ended.";
const KEPT = "What came so far is kept.";
const ENDS = ["done", "error", "failed", "stopped", "left"];

export class Turn {
  /**
   * `announce` reads a text to users of screen readers; `askAgain` is called with this turn and options.
   * `isSaid` says whether another turn than this one has a notice.
   */
  constructor(question, { collection, filter, announce, askAgain, isSaid }) {
    this.question = question;
    this.collection = collection;
    this.filter = filter; // null if the API has refused it
    this.announce = announce;
    this.askAgain = askAgain;
    this.isSaid = isSaid;
    this.notice = this.degraded = null;
    this.events = []; // names and data, as far as they are needed to show the turn again
    this.sources = new SourceList(collection, (source) => openPassage(source));
    this.answer = new AnswerText({
      open: (citation) => this.#open(citation),
      point: (citation) => this.sources.highlight(citation?.n ?? null),
    });
    this.#build();
    this.#progress(SEARCHING);
  }

  get hasAnswer() {
    return this.answer.text.trim() !== "";
  }

  #build() {
    this.progress = el("p", { class: "progress" });
    this.notices = el("div", { class: "notices" });
    this.remarks = el("div", { class: "remarks" });
    this.buttons = el("div", { class: "row" });
    this.element = el("li", { class: "turn" },
      el("h3", { class: "question", dir: "auto" }, this.question),
      el("div", { class: "turn-columns" },
        el("div", { class: "turn-answer" }, this.notices, this.answer.element, this.progress, this.remarks, this.buttons),
        this.sources.element));
  }

  /** Show the turn as its events left it. Without an end, the page was left before. */
  replay(events) {
    for (const [event, data] of events) this.receive(event, data);
    if (!ENDS.includes(events.at(-1)?.[0])) this.receive("left");
  }

  receive(event, data) {
    this.#record(event, data);
    if (event === "sources") this.#showSources(data);
    else if (event === "queued") this.#progress(words.queued(data));
    else if (event === "delta") this.#append(data.text);
    else if (event === "citation") this.answer.cite(data);
    else if (event === "done") this.#finish(data);
    else if (event === "error") this.#end(words.failure({ ...data, message: data.detail ?? data.title }), "error");
    else if (event === "failed") this.#end(data, "error");
    else if (event === "stopped") this.#end(STOPPED, "remark");
    else if (event === "left") this.#end(LEFT, "remark");
  }

  #record(event, data) {
    const last = this.events.at(-1);
    if (event === "delta" && last?.[0] === "delta") last[1] = { text: last[1].text + data.text };
    else if (event !== "queued") this.events.push([event, data]);
  }

  #showSources({ sources, degraded }) {
    this.sources.show(sources);
    this.#showDegraded(degraded);
    this.#progress(words.found(sources));
  }

  /** What has been said of the same stays. */
  #showDegraded(degraded) {
    const isNew = JSON.stringify(degraded) !== JSON.stringify(this.degraded);
    if (isNew) this.notice = degraded && this.#noticeOf(degraded);
    this.degraded = degraded;
    this.notices.replaceChildren(...(degraded ? [el("p", { class: "calm" }, ...withCommand(this.notice))] : []));
  }

  #noticeOf(degraded) {
    const notice = words.degraded(degraded);
    return this.isSaid(notice, this) || isExplained(degraded.detail) ? words.degradedAgain(degraded) : notice;
  }

  #append(text) {
    setText(this.progress, "");
    this.answer.append(text);
  }

  #finish(done) {
    this.#progress("");
    this.#showDegraded(done.degraded);
    if (done.cache === "semantic" && done.cached_question) this.#showSimilar(done.cached_question);
    this.sources.leaveOut(done.left_out);
    if (done.refusal) this.remarks.append(refusal(done.refusal, this));
    this.answer.unwrap(done.finish_reason === "quotations");
    const uncited = words.namesSources(done) ? markUncited(this.answer.element) : 0;
    const remarks = words.remarks(done, { weak: this.answer.weak, uncited });
    this.remarks.append(...remarks.map((text) => el("p", { class: "remark" }, text)));
    this.#showButtons({ again: done.finish_reason === "interrupted" });
    this.buttons.after(measurements(done));
    this.announce([this.answer.text, ...remarks].join(" "));
  }

  #showSimilar(question) {
    const ask = () => this.askAgain(this, { cache: "off" });
    this.notices.append(el("p", { class: "calm" }, `${words.similarQuestion(question)} `, button("Ask without the cache", ask)));
  }

  stop() {
    this.receive("stopped");
  }

  fail(problem) {
    this.receive("failed", words.failure(problem));
  }

  #end(cause, kind) {
    const text = this.hasAnswer ? `${cause} ${KEPT}` : cause;
    this.#progress("");
    this.remarks.append(el("p", { class: kind }, text));
    this.#showButtons({ again: true });
    this.announce(text);
  }

  #progress(text) {
    setText(this.progress, text);
    if (text) this.announce(text);
  }

  #showButtons({ again }) {
    const select = () => getSelection().selectAllChildren(this.answer.element);
    const copy = button("Copy the answer", () => copyOf(copy, this.#withSources(), select));
    const buttons = [this.hasAnswer && copy, again && button("Ask again", () => this.askAgain(this))];
    this.buttons.replaceChildren(...buttons.filter(Boolean));
  }

  #withSources() {
    const cited = this.sources.sources.filter(({ n }) => this.answer.text.includes(`[${n}]`));
    const names = cited.map((source) => `[${source.n}] ${titleOf(source)}`);
    return names.length ? `${this.answer.text}\n\n${names.join("\n")}` : this.answer.text;
  }

  #open(citation) {
    const source = this.sources.of(citation.n);
    if (source) openPassage(source, citation.start == null ? null : citation);
  }
}
