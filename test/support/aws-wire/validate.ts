/**
 * Holds a value against AWS's own shape. A stand-in that accepted invented members would let a test prove code against
 * an AWS that does not exist, so every difference is named with its path.
 *
 * Known limit: the SDK's run-time schemas hold no enum values, lengths or patterns; those are not checked.
 */
import type { NormalizedSchema } from "@smithy/core/schema";
import { structMembers } from "./model.ts";

/** Every way in which `value` is not what `schema` says; empty when it fits. `path` names the value in the messages. */
export function mismatches(schema: NormalizedSchema, value: unknown, path: string): string[] {
  const found: string[] = [];
  check(schema, value, path, found);
  return found;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

function check(schema: NormalizedSchema, value: unknown, path: string, found: string[]): void {
  if (schema.isUnitSchema()) {
    if (value !== undefined && (!isObject(value) || Object.keys(value).length > 0))
      found.push(`${path}: must be empty`);
  } else if (schema.isStructSchema()) {
    checkStruct(schema, value, path, found);
  } else if (schema.isListSchema()) {
    if (!Array.isArray(value)) found.push(expected("a list", value, path));
    else for (const [i, item] of value.entries()) checkItem(schema, item, `${path}[${i}]`, found);
  } else if (schema.isMapSchema()) {
    if (!isObject(value)) found.push(expected("a map", value, path));
    else
      for (const [key, item] of Object.entries(value))
        checkItem(schema, item, `${path}[${JSON.stringify(key)}]`, found);
  } else {
    const wanted = scalarProblem(schema, value);
    if (wanted) found.push(expected(wanted, value, path));
  }
}

function checkItem(schema: NormalizedSchema, item: unknown, path: string, found: string[]): void {
  const sparse = schema.getMergedTraits().sparse || schema.getValueSchema().getMergedTraits().sparse;
  if ((item === null || item === undefined) && sparse) return;
  check(schema.getValueSchema(), item, path, found);
}

function checkStruct(schema: NormalizedSchema, value: unknown, path: string, found: string[]): void {
  if (!isObject(value) || value instanceof Uint8Array) {
    found.push(expected(`the structure ${schema.getName()}`, value, path));
    return;
  }
  const { names, required } = structMembers(schema);
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) found.push(`${path}.${name}: ${schema.getName()} has no such member (${some(names)})`);
  }
  for (const name of names.slice(0, required)) {
    if (value[name] === undefined) found.push(`${path}.${name}: required member of ${schema.getName()} is missing`);
  }
  for (const [name, member] of schema.structIterator()) {
    if (value[name] !== undefined) check(member, value[name], `${path}.${name}`, found);
  }
  if (schema.isUnionSchema() && Object.keys(value).length !== 1) {
    found.push(`${path}: the union ${schema.getName()} takes exactly one member`);
  }
}

/** What a scalar should have been, or undefined when it is that. */
function scalarProblem(schema: NormalizedSchema, value: unknown): string | undefined {
  if (schema.isDocumentSchema()) return value === undefined ? "a document" : undefined;
  if (schema.isBlobSchema()) {
    // The SDK hands out bytes, but a streamed body may as well be given as text.
    const fits = value instanceof Uint8Array || (schema.isStreaming() && typeof value === "string");
    return fits ? undefined : "bytes";
  }
  if (schema.isTimestampSchema()) {
    return value instanceof Date && !Number.isNaN(value.getTime()) ? undefined : "a valid Date";
  }
  // A String object is how the SDK holds JSON kept as text.
  if (schema.isStringSchema()) return typeof value === "string" || value instanceof String ? undefined : "a string";
  if (schema.isBooleanSchema()) return typeof value === "boolean" ? undefined : "a boolean";
  if (schema.isNumericSchema()) return typeof value === "number" && !Number.isNaN(value) ? undefined : "a number";
  if (schema.isBigIntegerSchema()) return typeof value === "bigint" ? undefined : "a bigint";
  if (schema.isBigDecimalSchema()) return isObject(value) && "string" in value ? undefined : "a NumericValue";
  return `something the stand-in knows (${schema.getName()} is not)`;
}

function expected(what: string, value: unknown, path: string): string {
  return `${path}: must be ${what}, is ${kindOf(value)}`;
}

function kindOf(value: unknown): string {
  if (value === null || Number.isNaN(value)) return String(value);
  if (Array.isArray(value)) return "a list";
  return value instanceof Date ? "a Date" : typeof value;
}

const some = (names: readonly string[]): string =>
  names.length > 12 ? `has ${names.slice(0, 12).join(", ")}, …` : `has ${names.join(", ") || "none"}`;
