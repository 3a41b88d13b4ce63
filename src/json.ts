import type { Json, JsonObject } from "./types/json.ts";

/** Narrowing and walking of JSON values. Keys are own properties only: `__proto__` in a file is a key like any other. */

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Copies `unknown` into JSON, or throws on what JSON cannot say (functions, NaN, cycles beyond `depth`). */
export function toJson(value: unknown, depth = 200): Json {
  if (depth === 0) throw new TypeError("nested too deeply");
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is not a number that JSON can hold`);
    return value;
  }
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map((item) => toJson(item, depth - 1));
  if (typeof value === "object") {
    // fromEntries defines own members, so that a key named __proto__ stays a key.
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, toJson(item, depth - 1)]),
    );
  }
  throw new TypeError(`${typeof value} is not JSON`);
}

export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The value at a JSON pointer (RFC 6901), or undefined. */
export function atPointer(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const part of pointerParts(pointer)) {
    if (isArray(found)) found = found[Number(part)];
    else if (isObject(found)) found = own(found, part);
    else return undefined;
  }
  return found;
}

/** A copy with the value at a JSON pointer replaced; missing objects on the way are made. */
export function withPointer(value: Json, pointer: string, replacement: Json): Json {
  return replace(value, pointerParts(pointer), replacement);
}

function replace(value: Json | undefined, parts: readonly string[], replacement: Json): Json {
  const [head, ...rest] = parts;
  if (head === undefined) return replacement;
  if (isArray(value)) {
    const copy = [...value];
    copy[Number(head)] = replace(value[Number(head)], rest, replacement);
    return copy;
  }
  const object = isObject(value) ? value : {};
  return { ...object, [head]: replace(own(object, head), rest, replacement) };
}

function pointerParts(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Canonical JSON (RFC 8785): members sorted by UTF-16 code units, numbers as ECMAScript prints them, no white space. */
export function canonical(value: Json): string {
  if (isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonical(a) === canonical(b);
}
