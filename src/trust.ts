/**
 * The one file with type assertions: places where a fact is known that TypeScript cannot see. Each says why it holds.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import type { CelNode } from "./cel/library.ts";

/** The library's declarations of a parsed node leave out the parts that cel/library.ts declares; the test of the environment proves them. */
export function openCelNode(node: ASTNode): CelNode {
  return node as unknown as CelNode;
}

/** A value that a validator generated from the type's JSON Schema has accepted. */
export function checkedAs<T>(value: unknown): T {
  return value as T;
}
