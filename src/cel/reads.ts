import { type CelNode, childrenOf } from "./library.ts";
import { isBind, loopVariable } from "./prepare.ts";
import type { TypeTable } from "./types.ts";

/**
 * Every path of members that a checked expression reads, by its text, each once, in the order of the source. A path follows members of
 * structures and ends at the first list, map or document. What stands in has() and `.?` is read too.
 */
export function readsOf(
  root: CelNode,
  isVariable: (name: string) => boolean,
  types: TypeTable,
): readonly (readonly string[])[] {
  const found = new Map<string, readonly string[]>();
  const add = (path: readonly string[]) => found.set(path.join("\0"), path);

  const visit = (node: CelNode, bound: ReadonlySet<string>): void => {
    const path = pathOf(node, bound);
    if (path !== undefined) {
      add(path);
      return;
    }
    const variable = node.op === "rcall" ? loopVariable(node) : undefined;
    if (node.op === "rcall" && variable !== undefined) {
      const inside = new Set(bound).add(variable);
      const [, receiver, [, ...rest]] = node.args;
      if (!isBind(node)) visit(receiver, bound);
      rest.forEach((part, index) => {
        visit(part, isBind(node) && index === 0 ? bound : inside);
      });
      return;
    }
    for (const part of childrenOf(node)) visit(part, bound);
  };

  const pathOf = (node: CelNode, bound: ReadonlySet<string>): readonly string[] | undefined => {
    if (node.op === "id") return !bound.has(node.args) && isVariable(node.args) ? [node.args] : undefined;
    const member = memberName(node);
    if (member === undefined) return undefined;
    const before = pathOf(member.of, bound);
    if (before === undefined) return undefined;
    return isStructure(member.of) ? [...before, member.name] : before;
  };

  const isStructure = (node: CelNode): boolean => {
    const type = node.checkedType;
    const held = type?.kind === "optional" ? type.valueType : type;
    return held !== undefined && types.structureOf(held) !== undefined;
  };

  visit(root, new Set());
  return [...found.values()];
}

/** `a.b`, `a.?b`, `a["b"]`. */
function memberName(node: CelNode): { readonly of: CelNode; readonly name: string } | undefined {
  if (node.op === "." || node.op === ".?") return { of: node.args[0], name: node.args[1] };
  if (node.op !== "[]" && node.op !== "[?]") return undefined;
  const [of, key] = node.args;
  return key.op === "value" && typeof key.args === "string" ? { of, name: key.args } : undefined;
}
