import { nearest } from "../text/nearest.ts";
import type { Scope } from "../types/cel.ts";
import { Problem } from "./faults.ts";
import { type CelNode, childrenOf } from "./library.ts";
import { installLoop, isLoop } from "./rules/loops.ts";
import {
  installEquality,
  installIn,
  installList,
  installLogic,
  installMap,
  installStrict,
  installTernary,
} from "./rules/operators.ts";
import { installOptionalMacro, isOptionalMacro } from "./rules/optional.ts";
import { installMatches, isMatches } from "./rules/pattern.ts";
import { installVariable, type SelectRules } from "./rules/select.ts";
import type { TypeTable } from "./types.ts";

export interface Preparation {
  readonly scope: Scope;
  readonly types: TypeTable;
  readonly select: SelectRules;
  /** Offsets of the `?` that marks an optional entry. */
  readonly marks: readonly number[];
  /** The library's own constants (`int`, `optional`, `cel`). */
  readonly constants: ReadonlySet<string>;
}

/** Puts this house's rules into a parsed tree, before it is checked. `bound`: the names that loops and cel.bind have introduced. */
export function prepare(node: CelNode, setup: Preparation, bound: ReadonlySet<string> = new Set()): void {
  // Nothing here waits; without this the library wraps every operator in case its operands are promises.
  node.setMeta("async", false);
  const child = (part: CelNode) => prepare(part, setup, bound);
  switch (node.op) {
    case "id":
      prepareName(node, setup, bound);
      return;
    case ".":
    case ".?":
    case "[]":
    case "[?]":
      setup.select.install(node);
      break;
    case "&&":
    case "||":
      installLogic(node);
      break;
    case "==":
    case "!=":
      installEquality(node, setup.types);
      break;
    case "in":
      installIn(node);
      break;
    case "?:":
      installTernary(node, setup.types);
      break;
    case "map":
      installMap(
        node,
        optionalEntries(
          node.start,
          node.args.map(([key, value]) => ({ start: key.start, end: value.end })),
          setup.marks,
        ),
      );
      break;
    case "list":
      installList(node, optionalEntries(node.start, node.args, setup.marks));
      break;
    case "call":
      if (node.args[0] === "has" && node.args[1][0] !== undefined) setup.select.installHas(node, node.args[1][0]);
      else if (isMatches(node)) installMatches(node);
      else installStrict(node);
      break;
    case "rcall": {
      const variable = loopVariable(node);
      if (variable === undefined) {
        if (isMatches(node)) installMatches(node);
        else if (node.meta.macro === undefined) installStrict(node);
        break;
      }
      if (isLoop(node)) installLoop(node);
      if (isOptionalMacro(node)) installOptionalMacro(node);
      const inside = new Set(bound).add(variable);
      // The receiver, and the value of cel.bind, stand outside of what they introduce.
      const [, receiver, [, ...rest]] = node.args;
      if (!isBind(node)) child(receiver);
      rest.forEach((part, index) => {
        prepare(part, setup, isBind(node) && index === 0 ? bound : inside);
      });
      return;
    }
    case "value":
    case "!_":
    case "-_":
    case "comprehension":
      break;
    default:
      installStrict(node);
  }
  for (const part of childrenOf(node)) child(part);
}

function prepareName(node: Extract<CelNode, { op: "id" }>, setup: Preparation, bound: ReadonlySet<string>): void {
  const name = node.args;
  if (bound.has(name)) return;
  const shape = Object.hasOwn(setup.scope, name) ? setup.scope[name] : undefined;
  if (shape !== undefined) installVariable(node, () => setup.types.nameOf(shape));
  else if (!setup.constants.has(name)) {
    throw new Problem(node, `unknown name ${name}`, nearest(name, [...Object.keys(setup.scope), ...bound]));
  }
}

/** The name that a loop or cel.bind introduces for the rest of its arguments. */
export function loopVariable(node: Extract<CelNode, { op: "rcall" }>): string | undefined {
  const first = node.args[2][0];
  return (isLoop(node) || isOptionalMacro(node) || isBind(node)) && first?.op === "id" ? first.args : undefined;
}

export function isBind(node: Extract<CelNode, { op: "rcall" }>): boolean {
  const [name, receiver, args] = node.args;
  return (
    name === "bind" &&
    args.length === 3 &&
    receiver.op === "id" &&
    receiver.args === "cel" &&
    node.meta.macro !== undefined
  );
}

function optionalEntries(
  start: number,
  entries: readonly { readonly start: number; readonly end: number }[],
  marks: readonly number[],
): (entry: number) => boolean {
  return (entry) => {
    const from = entry === 0 ? start : (entries[entry - 1]?.end ?? start);
    const to = entries[entry]?.start ?? start;
    return marks.some((mark) => mark >= from && mark < to);
  };
}
