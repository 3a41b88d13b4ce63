/**
 * The parts of @marcbachmann/cel-js 8 that its declarations leave out: a parsed node's own `check` and `evaluate`, which may be replaced
 * before its first use. The library parses, checks and dispatches; the rules of this folder replace the few nodes whose meaning differs
 * (members that AWS left out, unknown values, has()). The version is pinned exactly, and environment.test.ts fails if these parts move.
 */

/** A type as the checker sees it. */
export interface CelType {
  readonly kind: "primitive" | "list" | "map" | "message" | "enum" | "dyn" | "optional" | "param";
  readonly name: string;
  readonly keyType?: CelType;
  readonly valueType?: CelType;
  readonly hasDynType: boolean;
  unify(registry: unknown, other: CelType): CelType | null;
}

export interface Context {
  getValue(name: string): unknown;
  /** A context in which one more name stands for a value, for the check and the evaluation of what is under a loop or a binding. */
  forkWithVariable(name: string, type: CelType): LoopContext;
}

export interface Checker {
  readonly registry: unknown;
  check(node: CelNode, context: Context): CelType;
  getType(name: string): CelType;
}

export interface Evaluator {
  run(node: CelNode, context: Context): unknown;
}

/** A loop's own context: `reuse` hangs it under the current one, `setIterValue` gives the loop variable its value. */
export interface LoopContext extends Context {
  reuse(parent: Context): LoopContext;
  setIterValue(value: unknown, evaluator: Evaluator): LoopContext;
}

export interface Comprehension {
  readonly iterable: CelNode;
  readonly iterVarName: string;
  /** Set by the check. */
  readonly iterCtx: LoopContext;
}

export type CheckRule = (checker: Checker, node: CelNode, context: Context) => CelType;
export type EvaluateRule = (evaluator: Evaluator, node: CelNode, context: Context) => unknown;

export interface Macro {
  typeCheck(checker: Checker, macro: unknown, context: Context): CelType;
  evaluate(evaluator: Evaluator, macro: unknown, context: Context): unknown;
}

export interface Meta {
  check: CheckRule;
  evaluate: EvaluateRule;
  async?: boolean;
  macro?: Macro;
  alternate?: CelNode;
}

interface NodeBase {
  readonly pos: number;
  readonly start: number;
  readonly end: number;
  readonly meta: Meta;
  /** Set by the check. */
  readonly checkedType?: CelType;
  /** Set by the check of operators and calls: the overload to run. */
  readonly handle?: (...args: readonly unknown[]) => unknown;
  readonly receiverWithArgs?: readonly CelNode[];
  setMeta<K extends keyof Meta>(key: K, value: Meta[K]): unknown;
}

type Pair = readonly [CelNode, CelNode];
export type SelectNode = NodeBase & { readonly op: "." | ".?"; readonly args: readonly [CelNode, string] };
export type IndexNode = NodeBase & { readonly op: "[]" | "[?]"; readonly args: Pair };
export type LogicNode = NodeBase & { readonly op: "&&" | "||"; readonly args: Pair };
export type BinaryNode = NodeBase & {
  readonly op: "!=" | "==" | "in" | "+" | "-" | "*" | "/" | "%" | "<" | "<=" | ">" | ">=";
  readonly args: Pair;
};
export type CallNode = NodeBase & { readonly op: "call"; readonly args: readonly [string, readonly CelNode[]] };
export type MethodNode = NodeBase & {
  readonly op: "rcall";
  readonly args: readonly [string, CelNode, readonly CelNode[]];
};
export type ListNode = NodeBase & { readonly op: "list"; readonly args: readonly CelNode[] };
export type MapNode = NodeBase & { readonly op: "map"; readonly args: readonly Pair[] };
export type TernaryNode = NodeBase & { readonly op: "?:"; readonly args: readonly [CelNode, CelNode, CelNode] };
export type IdNode = NodeBase & { readonly op: "id"; readonly args: string };

export type CelNode =
  | SelectNode
  | IndexNode
  | LogicNode
  | BinaryNode
  | CallNode
  | MethodNode
  | ListNode
  | MapNode
  | TernaryNode
  | IdNode
  | (NodeBase & { readonly op: "value"; readonly args: unknown })
  | (NodeBase & { readonly op: "!_" | "-_"; readonly args: CelNode })
  | (NodeBase & { readonly op: "comprehension"; readonly args: Comprehension });

/** The nodes below a node, in the order of the source. */
export function childrenOf(node: CelNode): readonly CelNode[] {
  switch (node.op) {
    case "value":
    case "id":
    case "comprehension":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "!_":
    case "-_":
      return [node.args];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "list":
      return node.args;
    case "map":
      return node.args.flat();
    default:
      return node.args;
  }
}
