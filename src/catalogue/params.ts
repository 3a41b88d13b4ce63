import { compilePattern } from "../cel/regex.ts";
import { isArray, isObject, own, sameJson } from "../json.ts";
import { nearest } from "../text/nearest.ts";
import type { ParamSchema, ParamSchemas } from "../types/catalogue.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { Shape, StructureShape } from "../types/shape.ts";
import type { Checker } from "./checker.ts";
import type { Path } from "./source.ts";

/** Typed parameters of policies and remediations: JSON Schema outside, a CEL structure inside. */

const SHAPES = {
  boolean: { kind: "boolean" },
  integer: { kind: "integer" },
  number: { kind: "double" },
  string: { kind: "string" },
  object: { kind: "map", value: { kind: "any" } },
} as const satisfies Readonly<Record<string, Shape>>;

export function paramShape(schema: ParamSchema): Shape {
  if (schema.type !== "array") return SHAPES[schema.type];
  return { kind: "list", element: schema.items === undefined ? { kind: "any" } : paramShape(schema.items) };
}

export function paramsShape(name: string, schemas: ParamSchemas | undefined): StructureShape {
  const entries = Object.entries(schemas ?? {}).map(
    ([key, schema]) => [key, { shape: paramShape(schema), required: false, sensitive: false }] as const,
  );
  return { kind: "structure", name, members: new Map(entries) };
}

export interface ParamProblem {
  /** The parameter, or a path below it. */
  readonly path: Path;
  readonly at: "key" | "value";
  readonly message: string;
  readonly nearest?: string | undefined;
}

/** What is wrong with given values; texts with `${…}` are checked again once they have a value. */
export function checkParams(schemas: ParamSchemas | undefined, given: JsonObject): ParamProblem[] {
  const known = schemas ?? {};
  const problems: ParamProblem[] = [];
  for (const [name, value] of Object.entries(given)) {
    const schema = Object.hasOwn(known, name) ? known[name] : undefined;
    if (schema === undefined) {
      const names = Object.keys(known);
      const expected = names.length === 0 ? "it takes none" : `expected ${names.join(", ")}`;
      problems.push({
        path: [name],
        at: "key",
        message: `unknown parameter \`${name}\`; ${expected}`,
        nearest: nearest(name, names),
      });
    } else {
      problems.push(...checkParam(schema, value, [name]));
    }
  }
  return problems;
}

function checkParam(schema: ParamSchema, value: Json, path: Path): ParamProblem[] {
  const where = `parameter \`${path.join(".")}\``;
  const wrong = (message: string): ParamProblem[] => [{ path, at: "value", message: `${where} ${message}` }];
  if (typeof value === "string" && value.includes("${")) return [];
  if (!fits(schema.type, value)) return wrong(`is ${JSON.stringify(value)}; expected ${schema.type}`);
  if (schema.enum !== undefined && !schema.enum.some((allowed) => sameJson(allowed, value))) {
    return wrong(
      `is ${JSON.stringify(value)}; expected ${schema.enum.map((allowed) => JSON.stringify(allowed)).join(", ")}`,
    );
  }
  if (typeof value === "number") {
    if (schema.minimum !== undefined && value < schema.minimum)
      return wrong(`is ${value}; expected at least ${schema.minimum}`);
    if (schema.maximum !== undefined && value > schema.maximum)
      return wrong(`is ${value}; expected at most ${schema.maximum}`);
  }
  if (typeof value === "string" && schema.pattern !== undefined) {
    const compiled = compilePattern(schema.pattern);
    if (!compiled.ok || !compiled.pattern.test(value))
      return wrong(`is ${JSON.stringify(value)}; expected text that matches ${schema.pattern}`);
  }
  const { items } = schema;
  if (isArray(value) && items !== undefined)
    return value.flatMap((item, index) => checkParam(items, item, [...path, index]));
  return [];
}

function fits(type: ParamSchema["type"], value: Json): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return isArray(value);
    case "object":
      return isObject(value);
    default:
      return typeof value === type;
  }
}

export function defaults(schemas: ParamSchemas | undefined): JsonObject {
  const entries: [string, Json][] = [];
  for (const [name, schema] of Object.entries(schemas ?? {}))
    if (schema.default !== undefined) entries.push([name, schema.default]);
  return Object.fromEntries(entries);
}

/** Parameters that have neither a default nor a given value. */
export function missingParams(schemas: ParamSchemas | undefined, given: JsonObject): string[] {
  return Object.entries(schemas ?? {})
    .filter(([name, schema]) => schema.default === undefined && own(given, name) === undefined)
    .map(([name]) => name);
}

/** Keys of a declaration that mean something for some types only. */
const KEYS_OF_TYPES = {
  items: ["array"],
  pattern: ["string"],
  minimum: ["integer", "number"],
  maximum: ["integer", "number"],
} as const satisfies Partial<Record<keyof ParamSchema, readonly ParamSchema["type"][]>>;

/** Checks the declarations themselves: keys that fit the type, and a default that is a value of its own parameter. */
export function checkDeclarations(checker: Checker, schemas: ParamSchemas | undefined): void {
  for (const [name, schema] of Object.entries(schemas ?? {})) {
    const before = checker.problems.length;
    checkDeclaration(checker, schema, ["params", name]);
    if (checker.problems.length > before || schema.default === undefined) continue;
    for (const { message } of checkParam(schema, schema.default, [name]))
      checker.problem(["params", name, "default"], "value", message);
  }
}

function checkDeclaration(checker: Checker, schema: ParamSchema, path: Path): void {
  for (const [key, types] of Object.entries(KEYS_OF_TYPES)) {
    if (Object.hasOwn(schema, key) && !types.some((type) => type === schema.type))
      checker.problem([...path, key], "key", `\`${key}\` has no effect on a parameter of type ${schema.type}`);
  }
  if (schema.pattern !== undefined) {
    const compiled = compilePattern(schema.pattern);
    if (!compiled.ok) checker.problem([...path, "pattern"], "value", compiled.message);
  }
  if (schema.items === undefined) return;
  if (schema.items.default !== undefined)
    checker.problem([...path, "items", "default"], "key", "`default` has no effect on the items of a list");
  checkDeclaration(checker, schema.items, [...path, "items"]);
}

export function reportParams(checker: Checker, path: Path, problems: readonly ParamProblem[]): void {
  for (const { path: inner, at, message, nearest: near } of problems)
    checker.problem([...path, ...inner], at, message, near);
}
