import type { Member, Shape, StructureShape } from "../../src/types/shape.ts";

/** Shapes for tests, short to write. */
export const text: Shape = { kind: "string" };
export const int: Shape = { kind: "integer" };
export const double: Shape = { kind: "double" };
export const bool: Shape = { kind: "boolean" };
export const time: Shape = { kind: "timestamp" };
export const json: Shape = { kind: "document", decode: "json" };

export function listOf(element: Shape): Shape {
  return { kind: "list", element };
}

export function mapOf(value: Shape): Shape {
  return { kind: "map", value };
}

/** A structure; a name that ends in `!` is a required member. */
export function structure(name: string, members: Readonly<Record<string, Shape>>): StructureShape {
  const entries = Object.entries(members).map(([key, shape]): [string, Member] => [
    key.replace(/!$/, ""),
    { shape, required: key.endsWith("!"), sensitive: false },
  ]);
  return { kind: "structure", name, members: new Map(entries) };
}
