// A key in the list: what it allows, its times, and its actions.

import { ageOf } from "../lib/age.js";
import { may } from "../lib/caller.js";
import { confirmButton } from "../lib/confirm_button.js";
import { button, el, setText } from "../lib/dom.js";
import { emit } from "../lib/event_bus.js";
import { dateTime } from "../lib/format.js";
import { OVERLAPS, expiryInWords, scopesInWords, stateOf } from "./words.js";

export class KeyRow {
  constructor({ onrotate, onrevoke, onrevoketokens }) {
    this.name = el("p", { class: "name" });
    this.status = el("span", { class: "status" });
    this.id = el("span", { class: "mono" });
    this.tenant = el("span");
    this.scopes = el("ul", { class: "scopes" });
    this.times = el("p", { class: "note" });
    this.overlap = el("select", {}, ...OVERLAPS.map(([seconds, label]) => el("option", { value: seconds }, label)));
    this.summary = el("summary", {}, "Change");
    const tokens = confirmButton("Revoke its tokens", () => `Revoke all tokens of ${this.key.name} made until now?`, () => onrevoketokens(this.key));
    this.group = el("div", { role: "group" },
      el("div", { class: "row" },
        el("label", {}, "Its former secret stays valid", this.overlap),
        confirmButton("Rotate", () => `Make a new secret for ${this.key.name}?`, () => onrotate(this.key, Number(this.overlap.value)))),
      el("div", { class: "row" },
        button("Edit", () => emit("key-edit-requested", this.key)), tokens,
        confirmButton("Revoke", () => `Revoke ${this.key.name} for ever?`, () => onrevoke(this.key))));
    this.actions = el("details", { class: "key-actions" }, this.summary, this.group);
    this.element = el("li", { class: "key" },
      el("div", { class: "key-heading" }, this.name, this.status),
      el("p", { class: "details-line" }, this.id, this.tenant),
      this.scopes, this.times, this.actions);
  }

  update(key, isOwn) {
    this.key = key;
    const { label, mark } = stateOf(key);
    setText(this.name, isOwn ? `${key.name} (you)` : key.name);
    setText(this.id, key.id);
    setText(this.tenant, may("operator") ? `tenant ${key.tenant}` : "");
    setText(this.status, label);
    this.element.dataset.status = mark;
    this.scopes.replaceChildren(...scopesInWords(key.scopes).map((text) => el("li", {}, text)));
    this.times.replaceChildren(...timesOf(key).flatMap((part, index) => (index ? [" · ", part] : [part])).flat());
    this.actions.hidden = Boolean(key.revoked_at);
    for (const element of [this.summary, this.group]) element.setAttribute("aria-label", `Change ${key.name}`);
  }
}

function timesOf(key) {
  return [
    `made ${dateTime(key.created_at)}`,
    key.revoked_at ? `revoked ${dateTime(key.revoked_at)}` : `expires: ${expiryInWords(key.expires_at)}`,
    key.last_used_at ? ["used ", ageOf(key.last_used_at)] : "never used",
    isAhead(key.previous_until) && `former secret valid until ${dateTime(key.previous_until)}`,
    key.tokens_from && `tokens from before ${dateTime(key.tokens_from)} revoked`,
  ].filter(Boolean);
}

const isAhead = (timestamp) => timestamp && Date.parse(timestamp) > Date.now();
