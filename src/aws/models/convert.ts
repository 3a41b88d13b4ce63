/**
 * Values between our JSON and the SDK's JavaScript, by shape: timestamps are ISO texts here and Dates there, blobs base64 texts here
 * and Uint8Arrays there. Everything else is itself.
 */
import { isArray, isObject, toJson } from "../../json.ts";
import type { Json, JsonObject } from "../../types/json.ts";
import type { Shape, StructureShape } from "../../types/shape.ts";

/** A value that does not fit its shape. `path` tells where: `Rules[0].Status`. */
export class WireError extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(path === "" ? message : `${path}: ${message}`);
    this.name = "WireError";
    this.path = path;
  }
}

/**
 * The input of an SDK command. Strict, since it may be the input of a write: an unknown member or a value of another type is refused.
 * Required members are not asked for: a plan's input may lack what the caller fills in.
 * @throws WireError
 */
export function toWire(input: JsonObject, shape: StructureShape): Record<string, unknown> {
  return structureToWire(input, shape, "");
}

/**
 * What AWS answered, as JSON. Lenient, since AWS adds members and values without notice: what the model does not know
 * (and `$metadata`) is left out, as are null, streams, dates that are none and numbers that JSON cannot hold.
 * Members are in the order of the model, keys of maps sorted: the same answer is always the same text.
 */
export function fromWire(output: object, shape: StructureShape): JsonObject {
  return structureFromWire(output, shape) ?? {};
}

function structureToWire(value: Json, shape: StructureShape, path: string): Record<string, unknown> {
  if (!isObject(value)) throw mismatch(path, "an object", value);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const member = shape.members.get(name);
      const at = path === "" ? name : `${path}.${name}`;
      if (member === undefined) throw new WireError(at, `${shape.name} has no such member`);
      return [name, valueToWire(item, member.shape, at)];
    }),
  );
}

/** One value of any shape. @throws WireError */
export function valueToWire(value: Json, shape: Shape, path: string): unknown {
  switch (shape.kind) {
    case "structure":
      return structureToWire(value, shape, path);
    case "list":
      if (!isArray(value)) throw mismatch(path, "a list", value);
      return value.map((item, index) => valueToWire(item, shape.element, `${path}[${index}]`));
    case "map":
      if (!isObject(value)) throw mismatch(path, "an object", value);
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, valueToWire(item, shape.value, `${path}.${key}`)]),
      );
    case "boolean":
      if (typeof value !== "boolean") throw mismatch(path, "true or false", value);
      return value;
    case "integer":
      if (typeof value !== "number" || !Number.isInteger(value)) throw mismatch(path, "a whole number", value);
      return value;
    case "double":
      if (typeof value !== "number") throw mismatch(path, "a number", value);
      return value;
    case "timestamp":
      return dateOf(value, path);
    case "blob":
      return bytesOf(value, path);
    case "any":
      return value;
    case "null":
      if (value !== null) throw mismatch(path, "null", value);
      return value;
    case "string":
    case "duration":
    case "document":
      if (typeof value !== "string") throw mismatch(path, "text", value);
      return value;
  }
}

/** ISO 8601 with its zone: a time of day without one would mean another moment on another machine. */
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function dateOf(value: Json, path: string): Date {
  const date = typeof value === "string" && isoTime.test(value) ? new Date(value) : undefined;
  if (date === undefined || Number.isNaN(date.getTime()))
    throw mismatch(path, "a time like 2026-01-31T12:00:00.000Z", value);
  return date;
}

function bytesOf(value: Json, path: string): Uint8Array {
  const bytes = typeof value === "string" ? Buffer.from(value, "base64") : undefined;
  // Buffer skips what is not base64; only text that comes back unchanged was base64.
  if (bytes === undefined || bytes.toString("base64") !== value) throw mismatch(path, "base64 text", value);
  return new Uint8Array(bytes);
}

function mismatch(path: string, expected: string, value: Json): WireError {
  const found = value === null ? "null" : isArray(value) ? "a list" : isObject(value) ? "an object" : typeof value;
  // The value itself stays out of the message: it may be a secret.
  return new WireError(path, `${expected} was expected, not ${found}`);
}

function structureFromWire(value: unknown, shape: StructureShape): JsonObject | undefined {
  if (typeof value !== "object" || value === null || isStream(value)) return undefined;
  const members: [string, Json][] = [];
  for (const [name, member] of shape.members) {
    if (!Object.hasOwn(value, name)) continue;
    const item = valueFromWire(Reflect.get(value, name), member.shape);
    if (item !== undefined) members.push([name, item]);
  }
  return Object.fromEntries(members);
}

/** One value of any shape; undefined: nothing that JSON can hold. */
export function valueFromWire(value: unknown, shape: Shape): Json | undefined {
  if (value === undefined || value === null) return undefined;
  switch (shape.kind) {
    case "structure":
      return structureFromWire(value, shape);
    case "list":
      return Array.isArray(value) ? present(value.map((item) => valueFromWire(item, shape.element))) : undefined;
    case "map":
      return mapFromWire(value, shape.value);
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "integer":
    case "double":
      return finite(typeof value === "bigint" ? Number(value) : value);
    case "timestamp":
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
    case "blob":
      return value instanceof Uint8Array ? base64(value) : undefined;
    case "any":
      return toJson(value);
    case "null":
      return undefined;
    case "string":
    case "duration":
    case "document":
      // The SDK wraps some texts that hold JSON into String objects.
      return typeof value === "string" || value instanceof String ? String(value) : undefined;
  }
}

function mapFromWire(value: unknown, shape: Shape): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const entries: [string, Json][] = [];
  for (const [key, item] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const converted = valueFromWire(item, shape);
    if (converted !== undefined) entries.push([key, converted]);
  }
  return Object.fromEntries(entries);
}

function present(items: readonly (Json | undefined)[]): Json[] {
  return items.filter((item) => item !== undefined);
}

function finite(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Event streams are structures in the model and iterables in the SDK. */
function isStream(value: object): boolean {
  return Symbol.asyncIterator in value;
}
