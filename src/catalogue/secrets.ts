import type { Shape, StructureShape } from "../types/shape.ts";

/**
 * The first member that may hold something secret on the way of a path, or inside what the path leads to; undefined where there is none.
 * Findings and plans hide such members where they show fields, but not inside words or parameters that an expression made of them.
 */
export function secretOn(shape: StructureShape, path: readonly string[]): string | undefined {
  let here: Shape = shape;
  const walked: string[] = [];
  for (const part of path) {
    while (here.kind === "list") here = here.element;
    walked.push(part);
    if (here.kind === "map") {
      here = here.value;
      continue;
    }
    if (here.kind !== "structure") return undefined;
    const member = here.members.get(part);
    if (member === undefined) return undefined;
    if (member.sensitive) return walked.join(".");
    here = member.shape;
  }
  const inner = secretBelow(here, new Set());
  return inner === undefined ? undefined : [...walked, ...inner].join(".");
}

/** AWS's structures may contain themselves, so each is looked into once. */
function secretBelow(shape: Shape, seen: Set<string>): readonly string[] | undefined {
  if (shape.kind === "list") return secretBelow(shape.element, seen);
  if (shape.kind === "map") return secretBelow(shape.value, seen);
  if (shape.kind !== "structure" || seen.has(shape.name)) return undefined;
  seen.add(shape.name);
  for (const [name, member] of shape.members) {
    const inner = member.sensitive ? [] : secretBelow(member.shape, seen);
    if (inner !== undefined) return [name, ...inner];
  }
  return undefined;
}
