import { Optional } from "@marcbachmann/cel-js";
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { nearest } from "../text/nearest.ts";
import type { Json } from "../types/json.ts";
import type { Shape } from "../types/shape.ts";
import { textOf } from "./document.ts";
import { EvaluationFault } from "./faults.ts";
import { StructValue } from "./struct-value.ts";

/**
 * A CEL value as JSON, or undefined for an optional that holds nothing. With a shape, the value must fit it: what the check could not
 * see (values of no declared type) is seen here. Documents become text again where text is expected: the very text they
 * came from if nobody changed them, else compact JSON.
 *
 * @throws EvaluationFault naming the place where the value does not fit; UnknownFault where a member cannot be read
 */
export function toJson(value: unknown, shape: Shape | undefined, path: string): Json | undefined {
  const before = partsLeft;
  partsLeft = MAX_PARTS;
  try {
    return write(value, shape, path);
  } finally {
    // Reading a member can evaluate another expression on the way.
    partsLeft = before;
  }
}

/** Values can share parts, so a small one can be a huge tree once written out. */
const MAX_PARTS = 1_000_000;
let partsLeft = MAX_PARTS;

function write(value: unknown, shape: Shape | undefined, path: string): Json | undefined {
  if (partsLeft-- <= 0) throw new EvaluationFault(`${path}: the value is too large`);
  if (value instanceof Optional) return value.hasValue() ? write(value.value(), shape, path) : undefined;
  if (shape === undefined || shape.kind === "any") return anyToJson(value, path);
  switch (shape.kind) {
    case "string":
    case "document":
      if (typeof value === "string") return value;
      if (isContainer(value)) return documentText(value, path);
      break;
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "integer":
      if (typeof value === "bigint" || value instanceof UnsignedInt) return integer(value, path);
      if (typeof value === "number" && Number.isSafeInteger(value)) return value;
      break;
    case "double":
      if (typeof value === "bigint" || value instanceof UnsignedInt) return integer(value, path);
      if (typeof value === "number") return double(value, path);
      break;
    case "timestamp":
      if (value instanceof Date) return value.toISOString();
      break;
    case "duration":
      if (value instanceof Duration) return durationText(value);
      break;
    case "blob":
      if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
      break;
    case "null":
      if (value === null) return null;
      break;
    case "list":
      if (Array.isArray(value)) return list(value, shape.element, path);
      break;
    case "map":
      if (isKeyed(value)) return object(value, () => shape.value, path);
      break;
    case "structure":
      if (isKeyed(value)) return structure(value, shape, path);
      break;
  }
  throw new EvaluationFault(`${path}: expected ${describeShape(shape)}, found ${describeValue(value)}`);
}

/** The text of a document: what it came from if untouched, else compact JSON. */
export function documentText(value: object, path: string): string {
  return textOf(value) ?? JSON.stringify(anyToJson(value, path) ?? null);
}

function anyToJson(value: unknown, path: string): Json | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint" || value instanceof UnsignedInt) return integer(value, path);
  if (typeof value === "number") return double(value, path);
  if (value instanceof Optional) return value.hasValue() ? anyToJson(value.value(), path) : undefined;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return list(value, undefined, path);
  if (value instanceof StructValue) return object(value, (name) => value.shape.members.get(name)?.shape, path);
  if (isKeyed(value)) return object(value, () => undefined, path);
  throw new EvaluationFault(`${path}: ${describeValue(value)} cannot be written as JSON`);
}

function structure(value: Keyed, shape: Extract<Shape, { kind: "structure" }>, path: string): Json {
  const result = object(
    value,
    (name) => {
      const member = shape.members.get(name);
      if (member !== undefined) return member.shape;
      const near = nearest(name, shape.members.keys());
      throw new EvaluationFault(`${path} has no member ${name}${near === undefined ? "" : `; did you mean ${near}?`}`);
    },
    path,
  );
  for (const [name, member] of shape.members) {
    if (member.required && !Object.hasOwn(result, name))
      throw new EvaluationFault(`${path}.${name} is required and not set`);
  }
  return result;
}

type Keyed = StructValue | ReadonlyMap<unknown, unknown>;

function object(
  value: Keyed,
  shapeOf: (name: string) => Shape | undefined,
  path: string,
): Readonly<Record<string, Json>> {
  const entries: [string, Json][] = [];
  for (const [key, item] of entriesOf(value)) {
    const name = typeof key === "string" ? key : String(key);
    const json = write(item, shapeOf(name), `${path}.${name}`);
    if (json !== undefined) entries.push([name, json]);
  }
  // fromEntries defines own members: a key named __proto__ stays a key.
  return Object.fromEntries(entries);
}

/** The entries of a map, or the set members of a structure. */
export function* entriesOf(value: Keyed): Generator<readonly [unknown, unknown]> {
  if (value instanceof StructValue) for (const name of value.setMembers()) yield [name, value.read(name)];
  else yield* value;
}

export function isKeyed(value: unknown): value is Keyed {
  return value instanceof Map || value instanceof StructValue;
}

function isContainer(value: unknown): value is object {
  return Array.isArray(value) || value instanceof Map;
}

function list(values: readonly unknown[], element: Shape | undefined, path: string): Json {
  return values.map((item) => write(item, element, `${path}[]`)).filter((item) => item !== undefined);
}

function integer(value: bigint | UnsignedInt, path: string): number {
  const number = Number(value.valueOf());
  if (!Number.isSafeInteger(number)) throw new EvaluationFault(`${path}: ${value} is beyond what JSON holds exactly`);
  return number;
}

function double(value: number, path: string): number {
  if (!Number.isFinite(value)) throw new EvaluationFault(`${path}: ${value} is not a number that JSON can hold`);
  return value;
}

export function durationText(value: Duration): string {
  // The library lets seconds and nanoseconds differ in sign.
  const total = value.seconds * 1_000_000_000n + BigInt(Math.trunc(value.nanos));
  const size = total < 0n ? -total : total;
  const nanos = size % 1_000_000_000n;
  const fraction = nanos === 0n ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return `${total < 0n ? "-" : ""}${size / 1_000_000_000n}${fraction}s`;
}

const SHAPE_WORDS = {
  string: "text",
  boolean: "true or false",
  integer: "a whole number",
  double: "a number",
  timestamp: "a timestamp",
  duration: "a duration",
  blob: "bytes",
  any: "anything",
  null: "null",
  document: "a document",
  list: "a list",
  map: "a map",
} as const;

export function describeShape(shape: Shape): string {
  return shape.kind === "structure" ? `a structure ${shape.name}` : SHAPE_WORDS[shape.kind];
}

/** The kind of a value in words. Never the value: it came from AWS and ends up in messages. */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof StructValue) return `a structure ${value.shape.name}`;
  if (value instanceof Map) return "a map";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a timestamp";
  if (value instanceof Duration) return "a duration";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Optional) return "an optional";
  if (value instanceof UnsignedInt || typeof value === "bigint") return "a whole number";
  if (typeof value === "string") return "text";
  if (typeof value === "number") return "a number";
  return typeof value === "boolean" ? "true or false" : "a type";
}
