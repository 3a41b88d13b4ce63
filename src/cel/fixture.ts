import { isArray, isObject, own } from "../json.ts";
import { nearest } from "../text/nearest.ts";
import type { TemplateProblem } from "../types/cel.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { FieldState } from "../types/scan.ts";
import type { DocumentShape, Shape, StructureShape } from "../types/shape.ts";
import { timestamp } from "./from-json.ts";
import { literalProblem } from "./literal.ts";
import { markUnreadable } from "./markers.ts";

export type Fixture =
  | { readonly ok: true; readonly read: (member: string) => FieldState }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] };

type Path = readonly (string | number)[];

/**
 * A resource as a policy's test writes it, as a reader of its members. Every name and value is checked against the shape, all problems at once;
 * members may be missing (they read as not set). Beyond AWS's JSON a fixture may say `{ $unknown: AccessDenied }` in the place of any value,
 * at any depth; write documents out as YAML; and shorten times (`2026-01-31`).
 */
export function fixtureReader(json: Json, shape: StructureShape): Fixture {
  const problems: TemplateProblem[] = [];
  if (!isObject(json)) {
    problems.push({
      path: [],
      at: "value",
      offset: 0,
      length: 0,
      message: literalProblem(json, shape) ?? "expected a structure",
    });
    return { ok: false, problems };
  }
  const states = new Map<string, FieldState>();
  for (const [name, value] of Object.entries(json)) {
    const member = shape.members.get(name);
    if (member === undefined) problems.push(unknownMember(name, shape, [name]));
    else if (value !== null) {
      const code = unknownCode(value);
      states.set(
        name,
        code === undefined
          ? { state: "value", value: convert(value, member.shape, [name], problems) }
          : unreadable(code),
      );
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, read: (member) => states.get(member) ?? { state: "absent" } };
}

function unreadable(code: string): Extract<FieldState, { state: "unknown" }> {
  return { state: "unknown", code, message: "the test says that it could not be read" };
}

/** `{ $unknown: code }` and nothing else. */
function unknownCode(value: Json): string | undefined {
  if (!isObject(value) || Object.keys(value).length !== 1) return undefined;
  const code = own(value, "$unknown");
  return typeof code === "string" ? code : undefined;
}

function convert(value: Json, shape: Shape, path: Path, problems: TemplateProblem[]): Json {
  const code = unknownCode(value);
  if (code !== undefined) {
    // A fresh object: the mark belongs to this place, and YAML aliases may share one object between places.
    const marker: JsonObject = { $unknown: code };
    markUnreadable(marker, unreadable(code));
    return marker;
  }
  if (shape.kind === "document" && (isObject(value) || isArray(value))) return documentText(value, shape);
  if (shape.kind === "list" && isArray(value)) {
    return value.map((item, index) => convert(item, shape.element, [...path, index], problems));
  }
  if (shape.kind === "map" && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, convert(item, shape.value, [...path, key], problems)]),
    );
  }
  if (shape.kind === "any" && isArray(value))
    return value.map((item, index) => convert(item, shape, [...path, index], problems));
  if (shape.kind === "any" && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, convert(item, shape, [...path, key], problems)]),
    );
  }
  if (shape.kind === "structure" && isObject(value)) return structure(value, shape, path, problems);
  const time = shape.kind === "timestamp" ? timestamp(value) : undefined;
  if (time !== undefined) return time.toISOString();
  const message = literalProblem(value, shape);
  if (message !== undefined)
    problems.push({ path, at: "value", offset: 0, length: typeof value === "string" ? value.length : 0, message });
  return value;
}

function structure(value: JsonObject, shape: StructureShape, path: Path, problems: TemplateProblem[]): Json {
  const entries: [string, Json][] = [];
  for (const [name, item] of Object.entries(value)) {
    const member = shape.members.get(name);
    if (member === undefined) problems.push(unknownMember(name, shape, [...path, name]));
    else if (item !== null) entries.push([name, convert(item, member.shape, [...path, name], problems)]);
  }
  return Object.fromEntries(entries);
}

/** A document in the form in which AWS would have returned it. */
function documentText(value: Json, shape: DocumentShape): string {
  const text = JSON.stringify(value);
  return shape.decode === "url-json" ? encodeURIComponent(text) : text;
}

function unknownMember(name: string, shape: StructureShape, path: Path): TemplateProblem {
  const near = nearest(name, shape.members.keys());
  const problem = {
    path,
    at: "key",
    offset: 0,
    length: name.length,
    message: `${shape.name} has no member ${name}`,
  } as const;
  return near === undefined ? problem : { ...problem, nearest: near };
}
