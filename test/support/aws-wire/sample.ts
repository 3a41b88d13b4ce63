/** Values made from AWS's shapes, to send every member of every operation over the wire once. */
import type { NormalizedSchema } from "@smithy/core/schema";
import { structMembers } from "./model.ts";

/** Below this depth only required members are filled in: some shapes contain themselves. */
const DEPTH = 5;
const BODY = new Uint8Array([104, 105]);

/**
 * A value with every member set (down to a fixed depth), two entries per list and map, and text that needs escaping.
 * Undefined for a structure in which nothing could be set: form encoding has no way to send an empty one.
 */
export function sample(schema: NormalizedSchema, depth = 0): unknown {
  if (schema.isUnitSchema()) return {};
  if (schema.isUnionSchema()) {
    const choices = [...schema.structIterator()];
    // Filters that nest themselves (`And`, `Not`) must end somewhere.
    const flat = choices.find(([, member]) => !isNested(member)) ?? choices.at(-1);
    const [name, member] = (depth >= DEPTH ? flat : choices[0]) ?? [];
    return name === undefined || member === undefined ? {} : { [name]: sample(member, depth + 1) };
  }
  if (schema.isStructSchema()) return sampleStruct(schema, depth);
  if (!schema.isListSchema() && !schema.isMapSchema()) return scalar(schema);
  const [one, two] = [sample(schema.getValueSchema(), depth + 1), sample(schema.getValueSchema(), depth + 1)];
  if (one === undefined) return undefined;
  return schema.isListSchema() ? [one, two] : { first: one, second: two };
}

const isNested = (schema: NormalizedSchema): boolean =>
  schema.isStructSchema() || schema.isListSchema() || schema.isMapSchema();

function sampleStruct(schema: NormalizedSchema, depth: number): Record<string, unknown> | undefined {
  const value: Record<string, unknown> = {};
  const { names, required } = structMembers(schema);
  const must = new Set(names.slice(0, required));
  for (const [name, member] of schema.structIterator()) {
    if (isNested(member) && depth >= DEPTH && !must.has(name)) continue;
    const made = sample(member, depth + 1);
    if (made !== undefined || must.has(name)) value[name] = made ?? (member.isListSchema() ? [] : {});
  }
  return depth > 0 && names.length > 0 && Object.keys(value).length === 0 ? undefined : value;
}

function scalar(schema: NormalizedSchema): unknown {
  const { httpHeader, httpLabel, httpResponseCode, httpPayload } = schema.getMergedTraits();
  if (schema.isDocumentSchema()) return { a: 1 };
  if (schema.isBlobSchema()) return BODY;
  if (schema.isTimestampSchema()) return new Date("2023-11-14T22:13:20Z");
  if (schema.isBooleanSchema()) return false;
  if (schema.isBigIntegerSchema()) return 7n;
  if (schema.isNumericSchema()) return httpResponseCode ? 200 : BODY.length; // also right as a Content-Length
  if (httpPayload) return "hi";
  if (httpHeader) return "header text";
  return httpLabel ? "label/with space" : `x<y>&'"é`;
}

/** First path at which two values differ, with both sides; undefined when they do not. Bytes compare by content. */
export function difference(left: unknown, right: unknown, path = ""): string | undefined {
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return Buffer.from(left).equals(Buffer.from(right)) ? undefined : `${path}: other bytes`;
  }
  if (!isComposite(left) || !isComposite(right)) {
    return String(left) === String(right) ? undefined : `${path}: ${String(left)} is not ${String(right)}`;
  }
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = difference(left[key], right[key], `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

/** Dates and the SDK's string objects compare by their text. */
function isComposite(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Date) && !(value instanceof String);
}
