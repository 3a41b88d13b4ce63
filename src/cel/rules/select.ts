import { Optional } from "@marcbachmann/cel-js";
import { nearest } from "../../text/nearest.ts";
import type { Shape } from "../../types/shape.ts";
import { Slot, slotOf } from "../bindings.ts";
import { mapKey } from "../equality.ts";
import { allOrThrow, EvaluationFault, Problem } from "../faults.ts";
import type { CelNode, CelType, Checker, Context, Evaluator, IdNode, IndexNode, SelectNode } from "../library.ts";
import { ABSENT, type Lookup, StructValue } from "../struct-value.ts";
import { describeValue } from "../to-json.ts";
import { describeTypeName, type TypeTable } from "../types.ts";

/** Members: `a.b`, `a.?b`, `a[b]`, `a[?b]` and has(a.b). */
export class SelectRules {
  readonly #types: TypeTable;
  /** The declared shape of each member that an expression selects: more than its CEL type says (a document is `dyn` in CEL). */
  readonly memberShapes = new WeakMap<CelNode, Shape>();

  constructor(types: TypeTable) {
    this.#types = types;
  }

  install(node: SelectNode | IndexNode): void {
    node.setMeta("check", (checker, _node, context) => this.#check(checker, node, context));
    node.setMeta("evaluate", (evaluator, _node, context) => {
      if (isSelect(node)) return select(evaluator, node, context);
      const [left, key] = allOrThrow(node.args.map((operand) => () => evaluator.run(operand, context)));
      return index(left, key, node);
    });
  }

  installHas(node: CelNode, argument: CelNode): void {
    node.setMeta("macro", {
      typeCheck: (checker, _macro, context) => {
        if (argument.op !== ".") {
          throw new Problem(
            argument,
            'has() takes a member, such as has(resource.Name); for a map\'s key write "key" in map',
          );
        }
        checker.check(argument, context);
        return checker.getType("bool");
      },
      evaluate: (evaluator, _macro, context) => isPresent(evaluator, argument, context),
    });
  }

  #check(checker: Checker, node: SelectNode | IndexNode, context: Context): CelType {
    const left = checker.check(node.args[0], context);
    const optional = node.op === ".?" || node.op === "[?]" || left.kind === "optional";
    const base = left.kind === "optional" && left.valueType !== undefined ? left.valueType : left;
    const type = isSelect(node)
      ? this.#member(checker, node, base, node.args[1], { start: node.end - node.args[1].length, end: node.end })
      : this.#element(checker, node, base, context);
    return optional ? checker.getType(`optional<${type.name}>`) : type;
  }

  #member(
    checker: Checker,
    node: CelNode,
    base: CelType,
    name: string,
    place: { start: number; end: number },
  ): CelType {
    if (isOpen(base)) return checker.getType("dyn");
    if (base.kind === "map" && base.valueType !== undefined) {
      if (base.keyType?.name === "string" || base.keyType?.kind === "dyn" || base.keyType?.kind === "param")
        return base.valueType;
      throw new Problem(place, `the keys of this map are ${describeTypeName(base.keyType?.name ?? "dyn")}, not names`);
    }
    const structure = this.#types.structureOf(base);
    if (structure === undefined) {
      const list = base.kind === "list" ? "; look at its elements with [0], exists(), all() or map()" : "";
      throw new Problem(place, `a value of type ${this.#types.describe(base)} has no member ${name}${list}`);
    }
    const member = structure.members.get(name);
    if (member === undefined) {
      throw new Problem(place, `${structure.name} has no member ${name}`, nearest(name, structure.members.keys()));
    }
    this.memberShapes.set(node, member.shape);
    return checker.getType(this.#types.nameOf(member.shape));
  }

  #element(checker: Checker, node: IndexNode, base: CelType, context: Context): CelType {
    const key = checker.check(node.args[1], context);
    if (isOpen(base)) return checker.getType("dyn");
    if (base.kind === "list" && base.valueType !== undefined) {
      if (key.kind === "dyn" || key.name === "int" || key.name === "uint") return base.valueType;
      throw new Problem(node.args[1], `the index of a list is int, found ${this.#types.describe(key)}`);
    }
    if (base.kind === "map" && base.valueType !== undefined) {
      const wanted = base.keyType;
      if (
        wanted === undefined ||
        key.kind === "dyn" ||
        wanted.kind === "dyn" ||
        wanted.kind === "param" ||
        wanted.name === key.name
      ) {
        return base.valueType;
      }
      throw new Problem(
        node.args[1],
        `the keys of this map are ${this.#types.describe(wanted)}, found ${this.#types.describe(key)}`,
      );
    }
    const literal = node.args[1].op === "value" ? node.args[1].args : undefined;
    if (this.#types.structureOf(base) !== undefined && typeof literal === "string") {
      return this.#member(checker, node, base, literal, node.args[1]);
    }
    if (this.#types.structureOf(base) !== undefined && key.name === "string") return checker.getType("dyn");
    throw new Problem(
      node,
      `a value of type ${this.#types.describe(base)} cannot be indexed with ${this.#types.describe(key)}`,
    );
  }
}

/** Of no declared type, or the element of an empty literal, of which nothing is known. */
function isOpen(type: CelType): boolean {
  return type.kind === "dyn" || type.kind === "param";
}

function isSelect(node: SelectNode | IndexNode): node is SelectNode {
  return node.op === "." || node.op === ".?";
}

/** A free name: a variable of the scope. */
export function installVariable(node: IdNode, typeName: () => string): void {
  node.setMeta("check", (checker) => checker.getType(typeName()));
  node.setMeta("evaluate", (_evaluator, _node, context) => slotOf(context, node.args).value());
}

function select(evaluator: Evaluator, node: SelectNode, context: Context): unknown {
  const left = evaluator.run(node.args[0], context);
  const name = node.args[1];
  if (node.op === "." && left instanceof StructValue) return left.read(name);
  if (node.op === ".?" || left instanceof Optional) return optionally(left, (value) => lookup(value, name));
  const found = lookup(left, name);
  if (found.state === "value") return found.value;
  throw new EvaluationFault(
    `no such key: ${pathText(node)} is not there; guard it with has(…) or .?${name}.orValue(…)`,
  );
}

function index(left: unknown, key: unknown, node: IndexNode): unknown {
  if (node.op === "[?]" || left instanceof Optional) return optionally(left, (value) => element(value, key));
  if (left instanceof StructValue && typeof key === "string") return left.read(key);
  const found = element(left, key);
  if (found.state === "value") return found.value;
  const where = pathText(node.args[0]);
  throw new EvaluationFault(
    Array.isArray(left) ? `index out of bounds: ${where} has ${left.length} elements` : `no such key in ${where}`,
  );
}

function optionally(left: unknown, find: (value: unknown) => Lookup): Optional {
  if (left instanceof Optional && !left.hasValue()) return left;
  const found = find(left instanceof Optional ? left.value() : left);
  return found.state === "value" ? Optional.of(found.value) : Optional.none();
}

/** Whether what a chain of members names is set. */
function isPresent(evaluator: Evaluator, node: CelNode, context: Context): boolean {
  return presence(evaluator, node, context).state === "value";
}

/**
 * What a chain of members names, or absent when something on the way is not set: has(a.b.c) is false when `a.b` is not there. Unlike
 * reading, it never puts an empty value in the place of what is not set.
 */
export function presence(evaluator: Evaluator, node: CelNode, context: Context): Lookup {
  if (node.op === "id") {
    const slot = context.getValue(node.args);
    if (slot instanceof Slot && !slot.set) return ABSENT;
  }
  if (node.op !== ".") return { state: "value", value: evaluator.run(node, context) };
  const parent = presence(evaluator, node.args[0], context);
  if (parent.state === "absent") return parent;
  const value = parent.value instanceof Optional ? parent.value.orValue(undefined) : parent.value;
  return value === undefined ? ABSENT : lookup(value, node.args[1]);
}

function lookup(value: unknown, name: string): Lookup {
  if (value instanceof StructValue) return value.lookup(name);
  if (value instanceof Map) return value.has(name) ? { state: "value", value: value.get(name) } : ABSENT;
  const fields = plainFields(value);
  if (fields !== undefined) return fields.has(name) ? { state: "value", value: fields.get(name) } : ABSENT;
  throw new EvaluationFault(`${describeValue(value)} has no member ${name}`);
}

function element(value: unknown, key: unknown): Lookup {
  if (value instanceof Map) {
    const normal = mapKey(key);
    return value.has(normal) ? { state: "value", value: value.get(normal) } : ABSENT;
  }
  if (Array.isArray(value)) {
    const normal = mapKey(key);
    if (typeof normal !== "bigint")
      throw new EvaluationFault(`the index of a list is a whole number, found ${describeValue(key)}`);
    return normal >= 0n && normal < value.length ? { state: "value", value: value[Number(normal)] } : ABSENT;
  }
  if (typeof key === "string") return lookup(value, key);
  throw new EvaluationFault(`${describeValue(value)} cannot be indexed`);
}

/** The library's own constants are plain objects. */
function plainFields(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return undefined;
  return new Map(Object.entries(value));
}

/** A path in the words of the source, for messages. */
export function pathText(node: CelNode): string {
  switch (node.op) {
    case "id":
      return node.args;
    case ".":
    case ".?":
      return `${pathText(node.args[0])}.${node.args[1]}`;
    case "[]":
    case "[?]":
      return `${pathText(node.args[0])}[]`;
    default:
      return "a value";
  }
}
