import type { Type } from "@bufbuild/cel-spec/cel/expr/checked_pb.js";
import type { Value } from "@bufbuild/cel-spec/cel/expr/value_pb.js";
import { getConformanceSuite, type IncrementalTestSuite } from "@bufbuild/cel-spec/testdata/tests.js";
import { createRegistry } from "@bufbuild/protobuf";
import { anyUnpack, DurationSchema, TimestampSchema, timestampDate } from "@bufbuild/protobuf/wkt";
import type { Bindings, CelEnvironment, Scope } from "../../src/types/cel.ts";
import type { Json } from "../../src/types/json.ts";
import type { Shape } from "../../src/types/shape.ts";

type Test = IncrementalTestSuite["tests"][number]["original"];

/** One case of the CEL specification. */
export interface Case {
  /** `file/section/name`. */
  readonly id: string;
  readonly file: string;
  readonly test: Test;
}

export type Verdict = "pass" | "fail" | "out of scope";

export function conformanceCases(): Case[] {
  const cases: Case[] = [];
  const ids = new Map<string, number>();
  const walk = (suite: IncrementalTestSuite, path: string, file: string) => {
    for (const { name, original } of suite.tests) {
      const base = `${path}/${name}`;
      const count = (ids.get(base) ?? 0) + 1;
      ids.set(base, count);
      cases.push({ id: count === 1 ? base : `${base}#${count}`, file, test: original });
    }
    for (const inner of suite.suites) walk(inner, `${path}/${inner.name}`, file);
  };
  for (const suite of getConformanceSuite().suites) walk(suite, suite.name, suite.name);
  return cases;
}

/** Thrown where a case needs protobuf messages or enums, which nothing of AWS's is made of. */
class OutOfScope extends Error {}

const PROTOBUF =
  /TestAllTypes|NestedTestAllTypes|GlobalEnum|google\.protobuf\.(?!Timestamp\b(?!\{)|Duration\b(?!\{))|cel\.expr\.|proto\.(?:has|get)Ext/;

/** Runs a case the way a policy's expression is run: compiled against a scope, evaluated on JSON. */
export function runCase({ test }: Case, cel: CelEnvironment): Verdict {
  try {
    return run(test, cel) ? "pass" : "fail";
  } catch (error) {
    if (error instanceof OutOfScope) return "out of scope";
    throw error;
  }
}

function run(test: Test, cel: CelEnvironment): boolean {
  if (PROTOBUF.test(test.expr) || test.container !== "") throw new OutOfScope();
  const scope = scopeOf(test);
  const bindings = bindingsOf(test);
  const matcher = test.resultMatcher;
  if (matcher.case === "evalError" || matcher.case === "anyEvalErrors") {
    // A problem that the check finds before anything runs is the error, found early.
    const compiled = cel.compile(test.expr, scope);
    return !compiled.ok || compiled.value.evaluate(bindings).kind === "error";
  }
  if (matcher.case === "typedResult") {
    const deduced = matcher.value.deducedType;
    const wanted = deduced === undefined ? undefined : typeText(deduced);
    const compiled = cel.compile(test.expr, scope);
    if (!compiled.ok || (wanted !== undefined && wanted !== shapeText(compiled.value.shape))) return false;
    return matcher.value.result === undefined || yields(test.expr, matcher.value.result, scope, bindings, cel);
  }
  if (matcher.case === "value") return yields(test.expr, matcher.value, scope, bindings, cel);
  if (matcher.case === undefined) return yieldsLiteral(test.expr, "true", scope, bindings, cel);
  throw new OutOfScope();
}

function yields(expression: string, value: Value, scope: Scope, bindings: Bindings, cel: CelEnvironment): boolean {
  if (value.kind.case === "doubleValue" && Number.isNaN(value.kind.value)) {
    return holds(
      `type(dyn(${expression}\n)) == double && dyn(${expression}\n) != dyn(${expression}\n)`,
      scope,
      bindings,
      cel,
    );
  }
  return yieldsLiteral(expression, literalOf(value), scope, bindings, cel);
}

/** Compared inside of CEL, with the types, since JSON does not tell 1 from 1.0. */
function yieldsLiteral(
  expression: string,
  literal: string,
  scope: Scope,
  bindings: Bindings,
  cel: CelEnvironment,
): boolean {
  return holds(
    `dyn(${expression}\n) == dyn(${literal}) && type(dyn(${expression}\n)) == type(dyn(${literal}))`,
    scope,
    bindings,
    cel,
  );
}

function holds(expression: string, scope: Scope, bindings: Bindings, cel: CelEnvironment): boolean {
  const compiled = cel.compile(expression, scope);
  if (!compiled.ok) return false;
  const result = compiled.value.evaluate(bindings);
  return result.kind === "value" && result.value === true;
}

const WELL_KNOWN = createRegistry(TimestampSchema, DurationSchema);

function literalOf({ kind }: Value): string {
  switch (kind.case) {
    case "nullValue":
      return "null";
    case "boolValue":
      return String(kind.value);
    case "int64Value":
      return kind.value === -(2n ** 63n) ? "(-9223372036854775807 - 1)" : `(${kind.value})`;
    case "uint64Value":
      return `${kind.value}u`;
    case "doubleValue":
      return doubleLiteral(kind.value);
    case "stringValue":
      return JSON.stringify(kind.value);
    case "bytesValue":
      return `b"${[...kind.value].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
    case "typeValue":
      if (/^(cel\.|google\.protobuf\.(?!Timestamp|Duration))/.test(kind.value)) throw new OutOfScope();
      return kind.value;
    case "listValue":
      return `[${kind.value.values.map(literalOf).join(", ")}]`;
    case "mapValue":
      return `{${kind.value.entries.map(({ key, value }) => (key && value ? `${literalOf(key)}: ${literalOf(value)}` : "")).join(", ")}}`;
    case "objectValue": {
      const message = anyUnpack(kind.value, WELL_KNOWN);
      if (message?.$typeName === "google.protobuf.Timestamp") {
        return `timestamp("${timestampDate({ seconds: 0n, nanos: 0, ...message, $typeName: message.$typeName }).toISOString()}")`;
      }
      if (message?.$typeName === "google.protobuf.Duration") {
        const { seconds, nanos } = { seconds: 0n, nanos: 0, ...message };
        const total = seconds * 1_000_000_000n + BigInt(nanos);
        return `duration("${total}ns")`;
      }
      throw new OutOfScope();
    }
    default:
      throw new OutOfScope();
  }
}

function doubleLiteral(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'double("Infinity")';
  if (value === Number.NEGATIVE_INFINITY) return 'double("-Infinity")';
  return `double("${Object.is(value, -0) ? "-0" : value}")`;
}

function scopeOf(test: Test): Scope {
  const entries: [string, Shape][] = Object.keys(test.bindings).map((name) => [name, { kind: "any" }]);
  for (const { name, declKind } of test.typeEnv) {
    if (declKind.case === "ident" && declKind.value.type !== undefined)
      entries.push([name, shapeOf(declKind.value.type)]);
    else if (declKind.case === "function") throw new OutOfScope();
  }
  return Object.fromEntries(entries);
}

const PRIMITIVES = ["any", "boolean", "integer", "integer", "double", "string", "blob"] as const;

function shapeOf({ typeKind }: Type): Shape {
  switch (typeKind.case) {
    case "primitive":
      return { kind: PRIMITIVES[typeKind.value] ?? "any" };
    case "listType":
      return { kind: "list", element: typeKind.value.elemType ? shapeOf(typeKind.value.elemType) : { kind: "any" } };
    case "mapType":
      return { kind: "map", value: typeKind.value.valueType ? shapeOf(typeKind.value.valueType) : { kind: "any" } };
    case "wellKnown":
      return { kind: (["any", "any", "timestamp", "duration"] as const)[typeKind.value] ?? "any" };
    case "null":
      return { kind: "null" };
    case "dyn":
    case "typeParam":
      return { kind: "any" };
    default:
      throw new OutOfScope();
  }
}

function bindingsOf(test: Test): Bindings {
  return Object.fromEntries(
    Object.entries(test.bindings).map(([name, { kind }]) => {
      if (kind.case !== "value") throw new OutOfScope();
      return [name, { json: jsonOf(kind.value) }];
    }),
  );
}

function jsonOf({ kind }: Value): Json {
  switch (kind.case) {
    case "nullValue":
      return null;
    case "boolValue":
    case "stringValue":
    case "doubleValue":
      return kind.value;
    case "int64Value":
    case "uint64Value":
      return Number(kind.value);
    case "bytesValue":
      return Buffer.from(kind.value).toString("base64");
    case "listValue":
      return kind.value.values.map(jsonOf);
    case "mapValue":
      return Object.fromEntries(
        kind.value.entries.map(({ key, value }) => {
          if (key?.kind.case !== "stringValue" || value === undefined) throw new OutOfScope();
          return [key.kind.value, jsonOf(value)];
        }),
      );
    default:
      throw new OutOfScope();
  }
}

function typeText(type: Type): string {
  if (type.typeKind.case === "abstractType" && type.typeKind.value.name === "optional_type") {
    const [inner] = type.typeKind.value.parameterTypes;
    return inner === undefined ? "any" : typeText(inner);
  }
  return shapeText(shapeOf(type));
}

function shapeText(shape: Shape): string {
  if (shape.kind === "list") return `list<${shapeText(shape.element)}>`;
  return shape.kind === "map" ? `map<${shapeText(shape.value)}>` : shape.kind;
}
