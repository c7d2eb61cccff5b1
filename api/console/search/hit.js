// A search hit: the document found, in words why, and what is known of it behind a click.

import { may } from "../lib/caller.js";
import { documentAddress } from "../lib/document_address.js";
import { nameByPassage } from "../lib/document_name.js";
import { el, setText } from "../lib/dom.js";
import { dateTime, plural } from "../lib/format.js";
import { disclosure } from "./disclosure.js";
import { keyOf } from "./document_key.js";
import { detailNodes } from "./hit_details.js";
import { otherPassageNodes, placeOf, whyNodes } from "./hit_words.js";
import { passageOf } from "./reader_link.js";
import { copyNodes, similarNodes } from "./related.js";
import { relevanceDrop } from "./relevance_bar.js";
import { highlighted, markedWords, plainText } from "./snippet.js";
import { strengthOf } from "./strength.js";
import { tagList } from "./tags.js";

const LONG_TITLE = 60; // characters; longer ones may be cut
const NOTES = { changed: "changed since this search", deleted: "deleted" };

export class Hit {
  /** `search` is the body of the search, all its hits, and whether they are ranked. */
  constructor(hit, search) {
    this.hit = hit;
    this.key = keyOf(hit.document);
    this.passage = passageOf(hit);
    this.words = markedWords(hit.title_snippet, hit.snippet);
    this.address = documentAddress(this.passage);
    this.change = null;
    this.note = el("span", { class: "hit-note" });
    this.title = titleLink(hit, this.address);
    const disclosures = disclosuresOf(hit, search);
    this.element = el("li", { class: "hit", "data-relevance": hit.relevance ?? "unknown" },
      el("h2", {}, this.title, this.note),
      whyLine(hit, search),
      el("p", { class: "snippet", dir: "auto" }, ...highlighted(hit.snippet)),
      el("div", { class: "hit-foot" },
        tagList(hit.document.metadata),
        el("div", { class: "hit-actions" }, ...disclosures.map(({ opener }) => opener))),
      ...disclosures.map(({ panel }) => panel));
  }

  /** Apply a change of the document. Return whether the hit is now different from what it was. */
  apply({ status, version }) {
    const former = this.change;
    if (status === "deleted") this.change = "deleted";
    else if (former === "deleted" || version > this.hit.document.version) this.change = "changed";
    if (this.change !== former) this.#showChange();
    return this.change !== former;
  }

  #showChange() {
    const isDeleted = this.change === "deleted";
    this.element.dataset.change = this.change;
    setText(this.note, NOTES[this.change]);
    // A link without an address keeps the focus only with a tab index.
    if (isDeleted) this.title.tabIndex = -1;
    this.title.toggleAttribute("href", !isDeleted);
    if (!isDeleted) this.title.href = this.address;
  }
}

function titleLink({ document, title_snippet, snippet, passage }, href) {
  const name = nameByPassage(document, plainText(snippet), passage.start === 0);
  return el("a", { class: "title", href, dir: "auto", title: name.length > LONG_TITLE && name },
    el("span", {}, ...(title_snippet ? highlighted(title_snippet) : [name])));
}

function whyLine(hit, { body, isRanked }) {
  const place = placeOf(hit, body.collection === "*");
  return el("p", { class: "why" },
    hit.relevance && relevanceDrop(hit.relevance),
    el("span", {},
      hit.relevance && el("span", { class: "strength" }, `${strengthOf(hit.relevance)}. `),
      ...whyNodes(hit, body.q), ".",
      place && ` ${place}`,
      ...otherPassageNodes(hit),
      ...(isRanked ? [] : changeNodes(hit.document))));
}

/** The order of hits that are not ranked. */
const changeNodes = ({ updated_at }) => [" Changed ", el("time", { datetime: updated_at }, dateTime(updated_at)), "."];

function disclosuresOf(hit, { body, hits }) {
  return [
    disclosure("Details", () => detailNodes(hit)),
    may("documents.read", hit.document.collection) && disclosure("Similar documents", () => similarNodes(hit, body.collection)),
    hit.copies > 0 && disclosure(plural(hit.copies, "copy", "copies"), () => copyNodes(hit, body, hits)),
  ].filter(Boolean);
}
