import { EvaluationError, Optional } from "@marcbachmann/cel-js";
import { runOf } from "../bindings.ts";
import { comparable, contains, equal, mapKey } from "../equality.ts";
import { allOrThrow, attempt, EvaluationFault, graver, Problem, UnknownFault } from "../faults.ts";
import type {
  BinaryNode,
  CallNode,
  CelNode,
  CelType,
  Checker,
  ListNode,
  LogicNode,
  MapNode,
  MethodNode,
  TernaryNode,
} from "../library.ts";
import { StructValue } from "../struct-value.ts";
import { describeValue, entriesOf } from "../to-json.ts";
import { describeTypeName, TIMESTAMP, type TypeTable } from "../types.ts";
import { costOf, inRange } from "./bounds.ts";

/** `&&` and `||`: a side that decides absorbs whatever the other side is; of two faults the unknown is kept. */
export function installLogic(node: LogicNode): void {
  const decisive = node.op === "||";
  node.setMeta("evaluate", (evaluator, _node, context) => {
    let fault: Error | undefined;
    for (const side of node.args) {
      const value = attempt(() => evaluator.run(side, context));
      if (value === decisive) return decisive;
      if (value instanceof Error) fault = graver(fault, value);
      else if (typeof value !== "boolean") {
        fault = graver(fault, new EvaluationFault(`${node.op} takes true or false, found ${describeValue(value)}`));
      }
    }
    if (fault !== undefined) throw fault;
    return !decisive;
  });
}

export function installEquality(node: BinaryNode, types: TypeTable): void {
  node.setMeta("check", (checker, _node, context) => {
    const left = checker.check(node.args[0], context);
    const right = checker.check(node.args[1], context);
    if (!comparable(left, right)) {
      const structure = types.structureOf(left) ?? types.structureOf(right);
      const hint =
        structure !== undefined && (left.name === "null" || right.name === "null")
          ? "; has(…) tells whether it is set"
          : "";
      throw new Problem(
        node,
        `${node.op} cannot compare ${describeTypeName(left.name)} with ${describeTypeName(right.name)}${hint}`,
      );
    }
    return checker.getType("bool");
  });
  node.setMeta("evaluate", (evaluator, _node, context) => {
    const [left, right] = allOrThrow(node.args.map((operand) => () => evaluator.run(operand, context)));
    const run = runOf(context);
    return equal(left, right, () => run.step()) === (node.op === "==");
  });
}

export function installIn(node: BinaryNode): void {
  node.setMeta("check", (checker, _node, context) => {
    const value = checker.check(node.args[0], context);
    const container = checker.check(node.args[1], context);
    const element =
      container.kind === "list" ? container.valueType : container.kind === "map" ? container.keyType : undefined;
    if (container.kind !== "dyn" && (element === undefined || !comparable(value, element))) {
      throw new Problem(
        node,
        `in cannot look for ${describeTypeName(value.name)} in ${describeTypeName(container.name)}`,
      );
    }
    return checker.getType("bool");
  });
  node.setMeta("evaluate", (evaluator, _node, context) => {
    const [value, container] = allOrThrow(node.args.map((operand) => () => evaluator.run(operand, context)));
    const run = runOf(context);
    if (Array.isArray(container)) run.step(container.length >> 4);
    const found = contains(container, value, () => run.step());
    if (found === undefined) throw new EvaluationFault(`in takes a list or a map, found ${describeValue(container)}`);
    return found;
  });
}

/** Operators and calls of the library, with every operand evaluated so that an unknown among them is never hidden by another fault. */
export function installStrict(node: BinaryNode | CallNode | MethodNode): void {
  if (node.op !== "call" && node.op !== "rcall") installOpenOperands(node);
  node.setMeta("evaluate", (evaluator, _node, context) => {
    const operands =
      node.op === "call" ? node.args[1] : node.op === "rcall" ? [node.args[1], ...node.args[2]] : node.args;
    const values = allOrThrow(operands.map((operand) => () => evaluator.run(operand, context)));
    runOf(context).step(costOf(values));
    const handle = node.handle;
    if (handle === undefined) throw new EvaluationFault(`${node.op} has nothing to work on`);
    try {
      if (node.op === "call") return inRange(handle(values, node, evaluator));
      if (node.op === "rcall") return inRange(handle(values, evaluator, node));
      return inRange(handle(values[0], values[1], node, evaluator));
    } catch (error) {
      // The library's functions let some JavaScript errors through (a time zone that does not exist, JSON that is none).
      const known =
        error instanceof EvaluationFault || error instanceof UnknownFault || error instanceof EvaluationError;
      throw known
        ? error
        : new EvaluationFault(
            `${node.op === "call" || node.op === "rcall" ? node.args[0] : node.op}: ${String(error)}`,
          );
    }
  });
}

/** The elements of an empty literal have no type yet; the library's search for an operator that fits them does not end well. */
function installOpenOperands(node: BinaryNode): void {
  const { check } = node.meta;
  node.setMeta("check", (checker, self, context) => {
    const types = node.args.map((operand) => checker.check(operand, context));
    if (!types.some((type) => type.kind === "param")) {
      const type = check(checker, self, context);
      // The library calls the sum of a duration and a timestamp a duration.
      return node.op === "+" && types[1]?.name === TIMESTAMP ? types[1] : type;
    }
    return checker.getType(/[<>]/.test(node.op) ? "bool" : "dyn");
  });
}

/** `a ? b : c` where one branch is a structure and the other a map with its members: both become maps. */
export function installTernary(node: TernaryNode, types: TypeTable): void {
  const { check, evaluate } = node.meta;
  let mixed = false;
  node.setMeta("check", (checker, self, context) => {
    const left = checker.check(node.args[1], context);
    const right = checker.check(node.args[2], context);
    mixed = left.name !== right.name && isObjectType(left, types) && isObjectType(right, types);
    if (!mixed) return check(checker, self, context);
    const condition = checker.check(node.args[0], context);
    if (condition.name !== "bool" && condition.kind !== "dyn") {
      throw new Problem(
        node.args[0],
        `the condition of ?: must be true or false, found ${describeTypeName(condition.name)}`,
      );
    }
    const unified = left.kind === "map" && right.kind === "map" ? left.unify(checker.registry, right) : null;
    return unified ?? checker.getType("map<string, dyn>");
  });
  node.setMeta("evaluate", (evaluator, self, context) => {
    if (!mixed) return evaluate(evaluator, self, context);
    const condition = evaluator.run(node.args[0], context);
    if (typeof condition !== "boolean")
      throw new EvaluationFault(`the condition of ?: must be true or false, found ${describeValue(condition)}`);
    const value = evaluator.run(condition ? node.args[1] : node.args[2], context);
    return value instanceof StructValue ? new Map(entriesOf(value)) : value;
  });
}

function isObjectType(type: CelType, types: TypeTable): boolean {
  return type.kind === "map" || types.structureOf(type) !== undefined;
}

/** Map literals make Maps, so that no key is special, and know optional entries (`{?"key": optional}`). */
export function installMap(node: MapNode, isOptional: (entry: number) => boolean): void {
  node.setMeta("check", (checker, _node, context) => {
    if (node.args.length === 0) {
      return checker.getType("map<K, V>");
    }
    const keys = node.args.map(([key]) => checker.check(key, context));
    const values = node.args.map(([, value], entry) =>
      entryType(checker, value, checker.check(value, context), isOptional(entry)),
    );
    return checker.getType(`map<${common(checker, keys).name}, ${common(checker, values).name}>`);
  });
  node.setMeta("evaluate", (evaluator, _node, context) => {
    const values = allOrThrow(node.args.flat().map((part) => () => evaluator.run(part, context)));
    const map = new Map<unknown, unknown>();
    for (let entry = 0; entry < node.args.length; entry++) {
      const key = mapKey(values[2 * entry]);
      if (typeof key !== "string" && typeof key !== "bigint" && typeof key !== "boolean") {
        throw new EvaluationFault(`${describeValue(key)} cannot be a key of a map`);
      }
      if (map.has(key)) throw new EvaluationFault("a map literal has the same key twice");
      put(values[2 * entry + 1], isOptional(entry), (value) => map.set(key, value));
    }
    return map;
  });
}

export function installList(node: ListNode, isOptional: (entry: number) => boolean): void {
  node.setMeta("check", (checker, _node, context) => {
    if (node.args.length === 0) return checker.getType("list<T>");
    const types = node.args.map((item, entry) =>
      entryType(checker, item, checker.check(item, context), isOptional(entry)),
    );
    return checker.getType(`list<${common(checker, types).name}>`);
  });
  node.setMeta("evaluate", (evaluator, _node, context) => {
    const list: unknown[] = [];
    allOrThrow(node.args.map((item) => () => evaluator.run(item, context))).forEach((value, entry) => {
      put(value, isOptional(entry), (held) => list.push(held));
    });
    return list;
  });
}

function put(value: unknown, optional: boolean, add: (value: unknown) => void): void {
  if (!optional) add(value);
  else if (!(value instanceof Optional))
    throw new EvaluationFault(`an optional entry takes an optional, found ${describeValue(value)}`);
  else if (value.hasValue()) add(value.value());
}

function entryType(checker: Checker, node: CelNode, type: CelType, optional: boolean): CelType {
  if (!optional || type.kind === "dyn") return type;
  if (type.kind === "optional") return type.valueType ?? checker.getType("dyn");
  throw new Problem(
    node,
    `an entry with ? takes an optional, such as resource.?Name, found ${describeTypeName(type.name)}`,
  );
}

function common(checker: Checker, types: readonly CelType[]): CelType {
  const dyn = checker.getType("dyn");
  return types.reduce((so_far, type) => so_far.unify(checker.registry, type) ?? dyn);
}
