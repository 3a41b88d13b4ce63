import type { Json } from "../types/json.ts";
import type { Shape } from "../types/shape.ts";

/** Values that AWS's model names for a member, where the models at hand can tell (`enumOf` of aws/models). */
export type EnumOf = (structure: string, member: string) => readonly string[] | undefined;

/** A member of a structure, for people: `BlockPublicAcls: bool`. */
export interface MemberLine {
  /** Dotted path below the field; `[]` for the elements of a list, `{}` for the values of a map. */
  readonly path: string;
  readonly type: string;
  readonly sensitive: boolean;
  /** Values that AWS names; it may return others. */
  readonly values: readonly string[];
}

const NAMES = {
  string: "string",
  boolean: "bool",
  integer: "int",
  double: "double",
  timestamp: "timestamp",
  duration: "duration",
  blob: "bytes",
  any: "any",
  null: "null",
} as const;

/** The CEL type of a shape, as docs/cel.md writes types. */
export function celType(shape: Shape): string {
  switch (shape.kind) {
    case "list":
      return `list<${celType(shape.element)}>`;
    case "map":
      return `map<string, ${celType(shape.value)}>`;
    case "structure":
      return shape.name;
    case "document":
      return shape.decode === "csv" ? "list<map<string, string>>" : "document";
    default:
      return NAMES[shape.kind];
  }
}

/** What lies inside a shape, `levels` structures deep: AWS's structures may contain themselves. */
export function membersOf(shape: Shape, levels: number, enumOf: EnumOf, path = ""): MemberLine[] {
  if (shape.kind === "list") return membersOf(shape.element, levels, enumOf, `${path}[]`);
  if (shape.kind === "map") return membersOf(shape.value, levels, enumOf, `${path}{}`);
  if (shape.kind !== "structure" || levels === 0) return [];
  return [...shape.members].flatMap(([name, { shape: inner, sensitive }]) => {
    const here = path === "" ? name : `${path}.${name}`;
    const line = { path: here, type: celType(inner), sensitive, values: enumOf(shape.name, name) ?? [] };
    return [line, ...membersOf(inner, levels - 1, enumOf, here)];
  });
}

/** The shape at a path of member names below `shape`, through lists and maps; else where the path leads astray. */
export function shapeAt(
  shape: Shape,
  path: readonly string[],
):
  | { readonly shape: Shape }
  | { readonly wrong: string; readonly known: readonly string[]; readonly done: readonly string[] } {
  let found = shape;
  for (const [index, name] of path.entries()) {
    while (found.kind === "list" || found.kind === "map") found = found.kind === "list" ? found.element : found.value;
    const member = found.kind === "structure" ? found.members.get(name) : undefined;
    if (member === undefined) {
      const known = found.kind === "structure" ? [...found.members.keys()] : [];
      return { wrong: name, known, done: path.slice(0, index) };
    }
    found = member.shape;
  }
  return { shape: found };
}

export function memberJson({ path, type, sensitive, values }: MemberLine): Json {
  return { path, type, ...(sensitive ? { sensitive } : {}), ...(values.length === 0 ? {} : { values }) };
}
