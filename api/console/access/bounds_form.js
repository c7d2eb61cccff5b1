// A form of a tenant's weight, quotas and limits. An empty bound, or 0, means no limit.

import { Problem } from "../lib/api.js";
import { el, setText } from "../lib/dom.js";
import { LIMITS, QUOTAS } from "./words.js";

/** `save` sends the settings, and the name if it is asked for. It may throw a Problem. */
export function boundsForm(label, tenant, save, { asksName = false } = {}) {
  const name = el("input", { autocomplete: "off", maxlength: 63, required: true, spellcheck: "false" });
  const weight = number(tenant.weight, { min: 0, step: "any", required: true });
  const quotas = inputs(QUOTAS, tenant.quotas);
  const limits = inputs(LIMITS, tenant.limits);
  const error = el("p", { class: "error", role: "alert" });
  const settings = () => ({ weight: Number(weight.value), quotas: valuesOf(quotas), limits: valuesOf(limits) });

  async function submit(event) {
    event.preventDefault();
    setText(error, "");
    try {
      await save(asksName ? { name: name.value.trim(), ...settings() } : settings());
    } catch (problem) {
      setText(error, problem.message);
      if (!(problem instanceof Problem)) throw problem;
    }
  }

  return el("form", { class: "access-form", submit },
    asksName && labelled("Name", name, "a-z, 0-9 and -; it cannot change"),
    labelled("Weight", weight, "its share of the model"),
    group("Quotas of the tenant", QUOTAS, quotas),
    group("Limits of each key", LIMITS, limits),
    error,
    el("div", { class: "row" }, el("button", { class: "primary", type: "submit" }, label)));
}

const number = (value, attributes) => el("input", { type: "number", inputmode: "numeric", value, ...attributes });

const inputs = (labels, values) =>
  Object.fromEntries(Object.keys(labels).map((name) => [name, number(values[name] || "", { min: 0, step: 1, placeholder: "no limit" })]));

const valuesOf = (fields) =>
  Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value === "" ? null : Number(value)]));

const labelled = (label, input, note) => el("label", { class: "labelled" }, el("span", {}, label, note && el("small", {}, note)), input);

const group = (title, labels, fields) =>
  el("fieldset", {}, el("legend", {}, title),
    el("div", { class: "bound-fields" }, ...Object.entries(labels).map(([name, label]) => labelled(label, fields[name]))));
