import { canonical, isArray, isObject, own, sameJson } from "../json.ts";
import type { Json, JsonObject } from "../types/json.ts";

/** One place that differs. A side that is not there (not set, element added or removed) is left out. */
export interface Change {
  /** `PublicAccessBlock.BlockPublicAcls`, `Policy.Statement[AllowAll].Principal`, `Tags["a b"]`. Hostile text like any other. */
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** What tells elements of a list apart in AWS's documents and structures, best first. */
const KEYS = ["Sid", "ID", "Id", "Key", "RuleId", "Name"];

/** Deeper than any document of AWS; what is deeper is compared as a whole. */
const DEEPEST = 24;

/**
 * What differs between two sets of field values, leaf by leaf, in the order of `fields` and of the members in them. Texts that hold JSON
 * documents are compared as documents; lists of objects are matched by what names their elements, lists of values as sets.
 */
export function diffFields(before: JsonObject, after: JsonObject, fields: readonly string[]): Change[] {
  return fields.flatMap((field) => diff(member("", field), own(before, field), own(after, field), 0));
}

/** The values of fields leaf by leaf, for a resource that is going away. */
export function leaves(values: JsonObject, fields: readonly string[]): Change[] {
  return diffFields(values, {}, fields);
}

function diff(path: string, before: Json | undefined, after: Json | undefined, depth: number): Change[] {
  if (sameJson(before, after)) return [];
  const [left, right] = [opened(before), opened(after)];
  if (depth < DEEPEST && !isSecret(left) && !isSecret(right)) {
    if (isTree(left, isObject) && isTree(right, isObject) && (isObject(left) || isObject(right))) {
      const names = [...new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])];
      const inner = names.flatMap((name) =>
        diff(member(path, name), left && own(left, name), right && own(right, name), depth + 1),
      );
      if (inner.length > 0) return inner;
    } else if (
      isTree(left, isArray) &&
      isTree(right, isArray) &&
      (isArray(left) || isArray(right)) &&
      !isPlainList(left ?? right, before, after)
    ) {
      const inner = diffLists(path, left ?? [], right ?? [], depth + 1);
      if (inner.length > 0) return inner;
    }
  }
  // Also where documents mean the same and only their text differs, or where one side is empty: a change must never go unseen.
  return [change(path, before, after)];
}

function diffLists(path: string, before: readonly Json[], after: readonly Json[], depth: number): Change[] {
  const key = keyOf(before, after);
  if (key !== undefined) {
    const [left, right] = [byKey(before, key), byKey(after, key)];
    return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) => {
      const [was, is] = [left.get(name), right.get(name)];
      // An element that comes or goes is named by its path already.
      const nameless = (value: Json | undefined): Json | undefined =>
        was !== undefined && is !== undefined ? value : withoutMember(value, key);
      return diff(element(path, name), nameless(was), nameless(is), depth);
    });
  }
  const removed = without(before, after);
  const added = without(after, before);
  // The same elements in another order: AWS gives order a meaning often enough.
  if (removed.length === 0 && added.length === 0) return [change(path, before, after)];
  const [gone] = removed;
  const [come] = added;
  // One element for another, both of them structures: most likely the same one, changed.
  if (
    removed.length === 1 &&
    added.length === 1 &&
    isObject(gone?.value) &&
    isObject(come?.value) &&
    gone.index === come.index
  ) {
    return diff(element(path, String(gone.index)), gone.value, come.value, depth);
  }
  const whole = ({ value, index }: Entry): string =>
    isObject(value) || isArray(value) ? element(path, String(index)) : `${path}[]`;
  return [
    ...removed.flatMap((entry) => diff(whole(entry), entry.value, undefined, depth)),
    ...added.flatMap((entry) => diff(whole(entry), undefined, entry.value, depth)),
  ];
}

interface Entry {
  readonly value: Json;
  readonly index: number;
}

/** Elements of `list` that `other` has no equal for; doubles count. */
function without(list: readonly Json[], other: readonly Json[]): Entry[] {
  const rest = new Map<string, number>();
  for (const value of other) rest.set(canonical(value), (rest.get(canonical(value)) ?? 0) + 1);
  return list.flatMap((value, index) => {
    const left = rest.get(canonical(value)) ?? 0;
    if (left === 0) return [{ value, index }];
    rest.set(canonical(value), left - 1);
    return [];
  });
}

function withoutMember(value: Json | undefined, name: string): Json | undefined {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}

/** The member that names every element of both lists, each once. */
function keyOf(before: readonly Json[], after: readonly Json[]): string | undefined {
  if (before.length + after.length === 0) return undefined;
  return KEYS.find((key) => [before, after].every((list) => byKey(list, key).size === list.length));
}

function byKey(list: readonly Json[], key: string): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const value of list) {
    const name = isObject(value) ? own(value, key) : undefined;
    if (typeof name === "string" && name !== "") found.set(name, value);
  }
  return found;
}

/** A list of values that comes or goes as a whole: one line says it better than one for each. */
function isPlainList(list: Json | undefined, before: Json | undefined, after: Json | undefined): boolean {
  return (
    (before === undefined || after === undefined) &&
    isArray(list) &&
    list.every((value) => !isObject(value) && !isArray(value))
  );
}

/** A structure, or nothing at all (which then counts as an empty one). */
function isTree<T extends Json>(
  value: Json | undefined,
  is: (value: Json | undefined) => value is T,
): value is T | undefined {
  return value === undefined || is(value);
}

/** A document that travels as text, as the document; anything else as it is. */
function opened(value: Json | undefined): Json | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    const document: Json = JSON.parse(value);
    return document;
  } catch {
    return value;
  }
}

/** How a sensitive value is shown: not what it is, but whether it is the same. */
export function isSecret(value: Json | undefined): value is { readonly sha256: string; readonly length: number } {
  return (
    isObject(value) &&
    Object.keys(value).length === 2 &&
    /^[0-9a-f]{64}$/.test(String(value["sha256"])) &&
    typeof value["length"] === "number"
  );
}

function change(path: string, before: Json | undefined, after: Json | undefined): Change {
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function member(path: string, name: string): string {
  if (!/^[A-Za-z_][\w:-]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

function element(path: string, name: string): string {
  return `${path}[${/^[\w:.-]+$/.test(name) ? name : JSON.stringify(name)}]`;
}
