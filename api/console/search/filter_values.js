// What a filter says of the values of fields: read, added and taken away. Filters are never changed in place.

export const OPERATORS = {
  eq: "is",
  ne: "is not",
  gt: "greater than",
  gte: "at least",
  lt: "less than",
  lte: "at most",
  in: "is one of",
  all: "has all of",
  exists: "exists",
};

/** Whether a name in a filter is a logical operator, or may become one. */
export const isLogical = (field) => ["and", "or", "not"].includes(field.toLowerCase()) || field.startsWith("$");
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Operators and operands. A value alone is to be equal. */
export const comparisonsOf = (value) => (isObject(value) ? value : { eq: value });

const comparisonsIn = (filter, field) => (Object.hasOwn(filter, field) ? comparisonsOf(filter[field]) : {});

/** Whether a filter can have conditions on this field. */
export const isFilterable = (field) => field !== "" && !isLogical(field);

/** The values that are chosen of a field: it must have all of them, or one of them if they are alternatives. */
export function valuesOf(filter, field) {
  const required = requiredOf(filter, field);
  return required.length ? required : alternativesOf(filter, field);
}

function requiredOf(filter, field) {
  const { eq, all = [] } = comparisonsIn(filter, field);
  return eq === undefined ? [all].flat() : [eq, ...[all].flat()];
}

const alternativesOf = (filter, field) => [comparisonsIn(filter, field).in ?? []].flat();

/** Whether another chosen value of the field is an alternative. The filter decides, or else whether the field is a list. */
export function areAlternatives(filter, field, isList) {
  const required = requiredOf(filter, field);
  return alternativesOf(filter, field).length ? !required.length : required.length < 2 && !isList;
}

/** The field must have this value too. That says more than alternatives with the value. */
export function withValue(filter, field, value) {
  const values = [...new Set([...requiredOf(filter, field), value])];
  const left = alternativesOf(filter, field).includes(value) ? withoutComparison(filter, field, "in") : filter;
  return withRequired(left, field, values);
}

/** The field may have this value instead of the chosen ones. */
export function withAlternative(filter, field, value) {
  const values = [...valuesOf(filter, field), value];
  return withAlternatives(withRequired(filter, field, []), field, values);
}

export const withoutValue = (filter, field, value) =>
  withValues(filter, field, valuesOf(filter, field).filter((each) => each !== value));

/** The filter without what is chosen of the field. */
export const withoutValues = (filter, field) => withValues(filter, field, []);

/** Other values instead of the chosen ones, in the same way. */
const withValues = (filter, field, values) =>
  (requiredOf(filter, field).length ? withRequired : withAlternatives)(filter, field, values);

function withRequired(filter, field, values) {
  const { eq, all, ...others } = comparisonsIn(filter, field);
  const wanted = values.length > 1 ? { all: values } : values.length ? { eq: values[0] } : {};
  return withComparisons(filter, field, { ...others, ...wanted });
}

function withAlternatives(filter, field, values) {
  if (values.length < 2) return withRequired(withoutComparison(filter, field, "in"), field, values);
  return withComparisons(filter, field, { ...comparisonsIn(filter, field), in: values });
}

function withoutComparison(filter, field, operator) {
  const { [operator]: removed, ...others } = comparisonsIn(filter, field);
  return withComparisons(filter, field, others);
}

function withComparisons(filter, field, comparisons) {
  const { [field]: former, ...others } = filter;
  return Object.keys(comparisons).length ? { ...others, [field]: comparisons } : others;
}

/** The conditions of a filter, each in words and with the filter that is left without it. */
export const conditionsOf = (filter) => Object.keys(filter).flatMap((field) => conditionsOn(filter, field));

function conditionsOn(filter, field) {
  if (isLogical(field)) {
    return [{ words: `${field} ${JSON.stringify(filter[field])}`, rest: withComparisons(filter, field, {}) }];
  }
  const values = requiredOf(filter, field).map((value) =>
    ({ words: comparisonInWords(field, "eq", value), rest: withoutValue(filter, field, value) }));
  const { eq, all, ...others } = comparisonsIn(filter, field);
  return [...values, ...Object.keys(others).map((operator) => otherCondition(filter, field, operator))];
}

function otherCondition(filter, field, operator) {
  const { [operator]: operand, ...others } = comparisonsIn(filter, field);
  return { words: comparisonInWords(field, operator, operand), rest: withComparisons(filter, field, others) };
}

function comparisonInWords(field, operator, operand) {
  if (operator === "exists") return `${field} ${operand ? "exists" : "does not exist"}`;
  return `${field} ${OPERATORS[operator.replace("$", "")] ?? operator} ${[operand].flat().map(textOf).join(", ")}`;
}

export const textOf = (value) => (typeof value === "string" && value ? value : JSON.stringify(value));
