import { Optional } from "@marcbachmann/cel-js";
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { EvaluationFault } from "./faults.ts";
import type { CelType } from "./library.ts";
import { StructValue } from "./struct-value.ts";
import { isKeyed } from "./to-json.ts";

const NUMERIC = new Set(["int", "uint", "double"]);

/** Whether the check lets two types be compared with `==`: the same type, two numbers of any kind, or anything with a part of no declared type. */
export function comparable(a: CelType, b: CelType): boolean {
  if (a.kind === "dyn" || b.kind === "dyn" || a.kind === "param" || b.kind === "param") return true;
  if (a.name === b.name) return true;
  if (NUMERIC.has(a.name) && NUMERIC.has(b.name)) return true;
  if (a.kind !== b.kind) return false;
  if (a.kind === "map") return parts(a.keyType, b.keyType) && parts(a.valueType, b.valueType);
  if (a.kind === "list" || a.kind === "optional") return parts(a.valueType, b.valueType);
  return false;
}

function parts(a: CelType | undefined, b: CelType | undefined): boolean {
  return a === undefined || b === undefined || comparable(a, b);
}

/** How many parts one comparison may look at where nobody counts: values can share parts, so a small one can be a huge tree. */
const MAX_PARTS = 1_000_000;

function counter(): () => void {
  let left = MAX_PARTS;
  return () => {
    if (left-- <= 0) throw new EvaluationFault("the values are too large to compare");
  };
}

/**
 * CEL's equality: numbers by value across kinds, lists and maps by their parts, values of different types are different.
 * `charge` is called for every part that is looked at, and may throw.
 */
export function equal(a: unknown, b: unknown, charge = counter()): boolean {
  if (a instanceof UnsignedInt) return equal(a.valueOf(), b, charge);
  if (b instanceof UnsignedInt) return equal(a, b.valueOf(), charge);
  if (typeof a === "bigint" && typeof b === "number") return numberEquals(a, b);
  if (typeof a === "number" && typeof b === "bigint") return numberEquals(b, a);
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  charge();
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index], charge));
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  if (a instanceof Duration) return b instanceof Duration && nanos(a) === nanos(b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Optional) {
    return (
      b instanceof Optional && a.hasValue() === b.hasValue() && (!a.hasValue() || equal(a.value(), b.value(), charge))
    );
  }
  if (a instanceof StructValue) return b instanceof StructValue && structuresEqual(a, b, charge);
  if (a instanceof Map && b instanceof Map) {
    if (a.size !== b.size) return false;
    for (const [key, value] of a) if (!b.has(key) || !equal(value, b.get(key), charge)) return false;
    return true;
  }
  return false;
}

function nanos(duration: Duration): bigint {
  return duration.seconds * 1_000_000_000n + BigInt(Math.trunc(duration.nanos));
}

function numberEquals(a: bigint, b: number): boolean {
  return Number.isInteger(b) && a === BigInt(b);
}

function structuresEqual(a: StructValue, b: StructValue, charge: () => void): boolean {
  if (a.shape.name !== b.shape.name) return false;
  for (const name of a.shape.members.keys()) {
    const left = a.lookup(name);
    const right = b.lookup(name);
    if (left.state !== right.state) return false;
    if (left.state === "value" && right.state === "value" && !equal(left.value, right.value, charge)) return false;
  }
  return true;
}

/** A map's key in the form in which maps hold it: whole numbers of every kind are one key. */
export function mapKey(key: unknown): unknown {
  if (key instanceof UnsignedInt) return key.valueOf();
  if (typeof key === "number" && Number.isInteger(key)) return BigInt(key);
  return key;
}

/** `value in container`. */
export function contains(container: unknown, value: unknown, charge: () => void): boolean | undefined {
  if (Array.isArray(container)) return container.some((item) => equal(item, value, charge));
  if (container instanceof Map) return container.has(mapKey(value));
  if (isKeyed(container) && container instanceof StructValue && typeof value === "string") {
    return container.shape.members.has(value) && container.lookup(value).state === "value";
  }
  return undefined;
}
