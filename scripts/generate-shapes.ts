/**
 * Turns the operation schemas inside an SDK package into a model file.
 *
 * A schema is a number (a simple type), a function that returns a schema (so that shapes may contain themselves), a pair
 * [schema, traits] (a member) or [kind, namespace, name, traits, …]. See `@smithy/types`, schema/static-schemas.
 */
import type { ModelFile, OperationRow, Ref, Row } from "../src/aws/models/file.ts";
import { fileFormat, firstRow, scalarRefs } from "../src/aws/models/file.ts";
import type { EnumType } from "./generate-enums.ts";
import type { OutputNames } from "./generate-pagination.ts";
import { inferPagination } from "./generate-pagination.ts";

const kind = { simple: 0, list: 1, map: 2, structure: 3, union: 4, operation: 9 };
/** Bits of a trait vector. */
const bit = { idempotencyToken: 4, sensitive: 8 };
/** Added to a simple type's number: a list or a map of that type. */
const listOf = 64;
const mapOf = 128;

const simple = new Map<number, (typeof scalarRefs)[number]>([
  [0, "string"],
  [2, "boolean"],
  [1, "integer"],
  [17, "integer"],
  [19, "double"],
  [4, "timestamp"],
  [5, "timestamp"],
  [6, "timestamp"],
  [7, "timestamp"],
  [21, "blob"],
  [42, "blob"],
  [15, "any"],
]);

interface Traits {
  readonly sensitive: boolean;
  readonly streaming: boolean;
  /** The SDK makes one up where the caller gives none. */
  readonly madeUp: boolean;
  /** Part of the host name (s3control's AccountId): AWS's model leaves it optional, but no call works without it. */
  readonly inHost: boolean;
}

interface Resolved extends Traits {
  readonly ref: Ref;
}

export interface ShapeSource {
  /** Everything the package exports. */
  readonly module: Readonly<Record<string, unknown>>;
  /** Which enumeration a structure's member holds; undefined: none. */
  readonly enumOf: (structure: string, member: string) => EnumType | undefined;
  readonly isDouble: (structure: string, member: string) => boolean;
  /** What we mark as sensitive beside what AWS marks. */
  readonly isSensitive: (structure: string, member: string) => boolean;
  readonly pagination: ReadonlyMap<string, readonly string[]>;
}

/** Builds the model file of one service: operations by name, shapes in the order in which they are first met. */
export function modelOf(source: ShapeSource): ModelFile {
  const rows: (Row | undefined)[] = [];
  const structures = new Map<unknown, Ref>();
  const interned = new Map<string, Ref>();

  const intern = (row: Row): Ref => {
    const key = JSON.stringify(row);
    const known = interned.get(key);
    if (known !== undefined) return known;
    const ref = rows.push(row) - 1 + firstRow;
    interned.set(key, ref);
    return ref;
  };

  const scalar = (name: (typeof scalarRefs)[number]): Ref => scalarRefs.indexOf(name);

  /** `leaf` replaces the string or the number at the bottom of lists and maps: what the schemas do not tell. */
  const resolve = (schema: unknown, leaf: (ref: Ref) => Ref): Resolved => {
    if (typeof schema === "function") return resolve(schema(), leaf);
    if (typeof schema === "number")
      return { ref: simpleRef(schema, leaf), ...readTraits(schema === 42 ? { streaming: 1 } : 0) };
    if (schema === "unit") return { ref: intern(["s", "Unit", 0, "", []]), ...readTraits(0) };
    if (!Array.isArray(schema)) throw new Error(`Not a schema: ${String(schema)}`);
    if (schema.length === 2) return join(resolve(schema[0], leaf), readTraits(schema[1]));
    const traits = readTraits(schema[3]);
    switch (schema[0]) {
      case kind.simple:
        return join(resolve(schema[4], leaf), traits);
      case kind.list: {
        const element = resolve(schema[4], leaf);
        return join({ ...element, ref: intern(["l", element.ref]) }, traits);
      }
      case kind.map: {
        const key = resolve(schema[4], (ref) => ref);
        const value = resolve(schema[5], leaf);
        return join(
          { ...value, ref: intern(["m", value.ref]) },
          { ...traits, sensitive: traits.sensitive || key.sensitive },
        );
      }
      case kind.structure:
      case kind.union:
      case -kind.structure:
        return { ref: structure(schema), ...traits };
      default:
        throw new Error(`Unknown kind of schema: ${String(schema[0])}`);
    }
  };

  const simpleRef = (code: number, leaf: (ref: Ref) => Ref): Ref => {
    if ((code & mapOf) !== 0) return intern(["m", simpleRef(code & ~mapOf, leaf)]);
    if ((code & listOf) !== 0) return intern(["l", simpleRef(code & ~listOf, leaf)]);
    const name = simple.get(code);
    if (name === undefined) throw new Error(`Unknown simple type ${code}`);
    return leaf(scalar(name));
  };

  const structure = (schema: readonly unknown[]): Ref => {
    const known = structures.get(schema);
    if (known !== undefined) return known;
    const at = rows.push(undefined) - 1;
    structures.set(schema, at + firstRow);
    const name = text(schema[2]);
    const names = array(schema[4]).map(text);
    const requiredCount = typeof schema[6] === "number" ? schema[6] : 0;
    const members = names.map((member, index) => {
      const values = source.enumOf(name, member);
      const leaf = (ref: Ref): Ref => {
        if (ref === scalar("string") && values !== undefined) return intern(["e", values]);
        return ref === scalar("integer") && source.isDouble(name, member) ? scalar("double") : ref;
      };
      const resolved = resolve(array(schema[5])[index], leaf);
      const sensitive = resolved.sensitive || source.isSensitive(name, member);
      return {
        ...resolved,
        sensitive,
        member,
        required: resolved.inHost || (index < requiredCount && !resolved.madeUp),
      };
    });
    const sorted = [...members.filter((m) => m.required), ...members.filter((m) => !m.required)];
    const where = (test: (m: Traits) => boolean) => sorted.flatMap((m, index) => (test(m) ? [index] : []));
    const sensitive = where((m) => m.sensitive);
    const streaming = where((m) => m.streaming);
    const required = members.filter((m) => m.required).length;
    const joined = sorted.map((m) => m.member).join(" ");
    const refs = sorted.map((m) => m.ref);
    if (streaming.length > 0) rows[at] = ["s", name, required, joined, refs, sensitive, streaming];
    else if (sensitive.length > 0) rows[at] = ["s", name, required, joined, refs, sensitive];
    else rows[at] = ["s", name, required, joined, refs];
    return at + firstRow;
  };

  const operations: Record<string, OperationRow> = {};
  for (const name of Object.keys(source.module).sort()) {
    const schema = source.module[name];
    if (!Array.isArray(schema) || schema[0] !== kind.operation) continue;
    const operation = text(schema[2]);
    const shapes: [Ref, Ref] = [resolve(schema[4], (ref) => ref).ref, resolve(schema[5], (ref) => ref).ref];
    const [inputToken, outputToken, pageSize] =
      source.pagination.get(operation) ??
      inferPagination(operation, memberNames(rows, shapes[0]), outputNames(rows, shapes[1]));
    if (inputToken === undefined || outputToken === undefined) operations[operation] = shapes;
    else if (pageSize === undefined) operations[operation] = [...shapes, inputToken, outputToken];
    else operations[operation] = [...shapes, inputToken, outputToken, pageSize];
  }
  const shapes = rows.map((row) => {
    if (row === undefined) throw new Error("A structure was begun and not finished");
    return row;
  });
  return { format: fileFormat, operations, shapes };
}

function memberNames(rows: readonly (Row | undefined)[], ref: Ref): readonly string[] {
  const row = rows[ref - firstRow];
  return row?.[0] === "s" && row[3] !== "" ? row[3].split(" ") : [];
}

function outputNames(rows: readonly (Row | undefined)[], ref: Ref): OutputNames {
  const row = rows[ref - firstRow];
  const refs = row?.[0] === "s" ? row[4] : [];
  return new Map(memberNames(rows, ref).map((name, index) => [name, memberNames(rows, refs[index] ?? 0)]));
}

function readTraits(traits: unknown): Traits {
  if (typeof traits === "number") {
    const sensitive = (traits & bit.sensitive) !== 0;
    return { sensitive, streaming: false, madeUp: (traits & bit.idempotencyToken) !== 0, inHost: false };
  }
  const has = (name: string) => typeof traits === "object" && traits !== null && name in traits;
  return {
    sensitive: has("sensitive"),
    streaming: has("streaming"),
    madeUp: has("idempotencyToken"),
    inHost: has("hostLabel"),
  };
}

function join(target: Resolved, traits: Traits): Resolved {
  return {
    ref: target.ref,
    sensitive: target.sensitive || traits.sensitive,
    streaming: target.streaming || traits.streaming,
    madeUp: traits.madeUp,
    inHost: traits.inHost,
  };
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new Error("A name was expected in a schema");
  return value;
}

function array(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error("A list was expected in a schema");
  return value;
}
