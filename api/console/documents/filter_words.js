// Says a condition of a filter in words.

import { OPERATORS } from "../search/filter_conditions.js";

const LOGICAL = ["and", "or", "not"];

/** A field and its comparisons in words. What words would not make clearer stays as JSON. */
export function conditionInWords([field, comparisons]) {
  if (LOGICAL.includes(field.replace("$", ""))) return `${JSON.stringify({ [field]: comparisons })}`;
  if (!isObject(comparisons)) return `${field} is ${valueInWords(comparisons)}`;
  return Object.entries(comparisons).map(([operator, value]) => comparisonInWords(field, operator, value)).join(" and ");
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function comparisonInWords(field, operator, value) {
  if (operator === "exists") return `${field} ${value ? "exists" : "does not exist"}`;
  return `${field} ${OPERATORS[operator.replace("$", "")] ?? operator} ${valueInWords(value)}`;
}

const valueInWords = (value) => (typeof value === "string" ? `“${value}”` : JSON.stringify(value));
