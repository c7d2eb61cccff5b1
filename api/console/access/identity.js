// Shows in the header who is signed in and what the key allows, and signs out.

import { collection } from "../documents/collection.js";
import { ACTIONS, isOfCollection, may } from "../lib/caller.js";
import { pageLink } from "../lib/collection_links.js";
import { button, el, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { hasKey, signOut } from "../lib/session.js";
import { deed, expiryInWords, listed, scopesInWords } from "./words.js";

const denial = el("p", { class: "denial", role: "status" });

export function identity() {
  const element = el("div", { class: "identity" });
  on("caller-read", (caller) => element.replaceChildren(...partsOf(caller)));
  return element;
}

/** Hide what the key does not allow in the selected collection, by the style sheet. */
export function startHiding() {
  document.querySelector("main").before(denial);
  on("collection-selected", hide);
  on("caller-read", hide);
}

function hide() {
  const denied = ACTIONS.filter((action) => !may(action, collection()));
  document.documentElement.dataset.denied = denied.join(" ");
  const needed = document.querySelector("main").dataset.needs.split(" ");
  const isUseless = needed.every((action) => denied.includes(action));
  const where = isOfCollection(needed[0]) ? ` in the collection “${collection()}”. Select another one, or use another key.` : ".";
  setText(denial, isUseless ? `Your key does not allow you to ${listed(needed.map(deed), "or")}${where}` : "");
}

function partsOf(caller) {
  if (!caller.key) return withHelp("No keys yet", unprotected());
  const parts = withHelp(nameOf(caller), rights(caller));
  return hasKey() ? [...parts, button("Sign out", signOut)] : parts;
}

const nameOf = ({ key, tenant }) => [tenant !== "default" && tenant, key.name ?? key.id].filter(Boolean).join(" · ");

function withHelp(label, content) {
  return [
    el("button", { type: "button", class: "secondary who", popovertarget: "identity-help" }, label),
    el("div", { id: "identity-help", class: "help", popover: true }, ...content),
  ];
}

const unprotected = () => [
  el("h2", {}, "No key is needed yet"),
  el("p", {}, "Anyone on this machine can use this page and the API. Other machines are refused."),
  el("p", {}, "Make a key on the page ", pageLink("/console/access", "Access"), ", or with this command. From then on " +
    "everybody needs a key."),
  el("p", {}, el("code", {}, "make key NAME=admin"), " or ", el("code", {}, "inkdex make-key admin"), " or ",
    el("code", {}, "docker compose exec api python -m api.make_key admin")),
];

function rights(caller) {
  const { key, tenant, token } = caller;
  return [
    el("h2", {}, key.name ?? key.id),
    el("p", {}, `${token ? "A token made from this key" : "This key"} of the tenant ${tenant} allows:`),
    el("ul", { class: "rights" }, ...scopesInWords(caller.scopes).map((text) => el("li", {}, text))),
    token && el("p", {}, `The token is for ${token.collections.join(", ")}.`),
    el("p", {}, `Expires: ${expiryInWords(key.expires_at)}. What it does not allow is hidden.`),
  ].filter(Boolean);
}
