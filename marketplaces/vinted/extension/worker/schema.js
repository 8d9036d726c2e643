/**
 * Checks values against a JSON schema. Knows the keywords that protocol.schema.json names, and
 * throws at any other: a rule that is not understood must not pass for one that was kept.
 */

const NOTES = new Set(["$schema", "$defs", "title", "description"]);

const TYPES = {
  object: isObject,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

// Each rule passes what it does not speak of: `minimum` any string, `pattern` any number.
const RULES = {
  type: (rule, value) => TYPES[rule](value),
  const: (rule, value) => value === rule,
  enum: (rule, value) => rule.includes(value),
  pattern: (rule, value) => typeof value !== "string" || new RegExp(rule).test(value),
  minLength: (rule, value) => typeof value !== "string" || [...value].length >= rule,
  maxLength: (rule, value) => typeof value !== "string" || [...value].length <= rule,
  minimum: (rule, value) => typeof value !== "number" || value >= rule,
  maximum: (rule, value) => typeof value !== "number" || value <= rule,
  required: (rule, value) => !isObject(value) || rule.every((name) => Object.hasOwn(value, name)),
  properties: (rule, value, _, root) =>
    !isObject(value) ||
    Object.entries(rule).every(
      ([name, schema]) => !Object.hasOwn(value, name) || fits(value[name], schema, root),
    ),
  additionalProperties: (rule, value, schema, root) =>
    !isObject(value) ||
    Object.keys(value)
      .filter((name) => !Object.hasOwn(schema.properties ?? {}, name))
      .every((name) => rule !== false && fits(value[name], rule, root)),
  anyOf: (rule, value, _, root) => rule.some((schema) => fits(value, schema, root)),
  oneOf: (rule, value, _, root) => rule.filter((schema) => fits(value, schema, root)).length === 1,
  $ref: (rule, value, _, root) => fits(value, definition(rule, root), root),
};

/** Whether `value`, as JSON.parse makes it, fits `schema`; `$ref` means `#/$defs/…` of `root`. */
export function fits(value, schema, root = schema) {
  return Object.entries(schema).every(([keyword, rule]) => {
    if (NOTES.has(keyword)) {
      return true;
    }
    if (!Object.hasOwn(RULES, keyword)) {
      throw new Error(`This check does not know the keyword "${keyword}".`);
    }
    return RULES[keyword](rule, value, schema, root);
  });
}

function definition(reference, root) {
  const name = reference.replace("#/$defs/", "");
  if (!Object.hasOwn(root.$defs, name)) {
    throw new Error(`The schema has no "${reference}".`);
  }
  return root.$defs[name];
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
