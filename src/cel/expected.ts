import { nearest } from "../text/nearest.ts";
import type { Shape, StructureShape } from "../types/shape.ts";
import { Problem } from "./faults.ts";
import type { CelNode, CelType, MapNode } from "./library.ts";
import { isBind, loopVariable } from "./prepare.ts";
import { describeShape } from "./to-json.ts";
import { DURATION, describeTypeName, TIMESTAMP, type TypeTable } from "./types.ts";

/**
 * Where a checked expression does not fit the shape it is meant for. Literals, branches and the arguments of merge() are looked into, so that each
 * wrong key and value is a problem of its own; what has no declared type is left to the conversion of the result.
 * `partial`: members may be missing, because another map supplies them.
 */
export function misfits(node: CelNode, shape: Shape, types: TypeTable, partial = false): Problem[] {
  if (shape.kind === "any") return [];
  const inner = (part: CelNode | undefined, as: Shape = shape, partly = partial) =>
    part ? misfits(part, as, types, partly) : [];
  switch (node.op) {
    case "map":
      if (shape.kind === "structure") return structureMisfits(node, shape, types, partial);
      if (shape.kind === "map") return node.args.flatMap(([, value]) => inner(value, shape.value, false));
      break;
    case "list":
      if (shape.kind === "list") return node.args.flatMap((item) => inner(item, shape.element, false));
      break;
    case "?:":
      return [...inner(node.args[1]), ...inner(node.args[2])];
    case "call":
      if (node.args[0] === "merge" && (shape.kind === "structure" || shape.kind === "map")) {
        return node.args[1].flatMap((argument) => inner(argument, shape, true));
      }
      break;
    case "rcall": {
      const [name, receiver, args] = node.args;
      if (isBind(node)) return inner(args[2]);
      if (name === "map" && loopVariable(node) !== undefined && shape.kind === "list")
        return inner(args.at(-1), shape.element, false);
      if (name === "filter" && loopVariable(node) !== undefined) return inner(receiver);
      break;
    }
    default:
  }
  const type = node.checkedType;
  const reason = type === undefined ? undefined : misfit(type, shape, types, partial, new Set());
  return reason === undefined ? [] : [new Problem(node, reason)];
}

function structureMisfits(node: MapNode, shape: StructureShape, types: TypeTable, partial: boolean): Problem[] {
  const problems: Problem[] = [];
  const given = new Set<string>();
  let allKnown = true;
  for (const [key, value] of node.args) {
    const name = key.op === "value" ? key.args : undefined;
    if (typeof name !== "string") {
      allKnown = false;
      continue;
    }
    given.add(name);
    const member = shape.members.get(name);
    if (member === undefined) {
      problems.push(new Problem(key, `${shape.name} has no member ${name}`, nearest(name, shape.members.keys())));
    } else problems.push(...misfits(value, member.shape, types));
  }
  if (partial || !allKnown) return problems;
  const missing = [...shape.members]
    .filter(([name, member]) => member.required && !given.has(name))
    .map(([name]) => name);
  if (missing.length > 0) problems.push(new Problem(node, `${shape.name} needs ${missing.join(", ")}`));
  return problems;
}

/** Why a value of a type can never be of a shape, or undefined when it may. */
function misfit(
  type: CelType,
  shape: Shape,
  types: TypeTable,
  partial: boolean,
  seen: Set<string>,
): string | undefined {
  if (type.kind === "dyn" || type.kind === "param" || shape.kind === "any") return undefined;
  if (type.kind === "optional") return type.valueType && misfit(type.valueType, shape, types, partial, seen);
  const wrong = `expected ${describeShape(shape)}, found ${describeTypeName(type.name)}`;
  switch (shape.kind) {
    case "boolean":
      return type.name === "bool" ? undefined : wrong;
    case "string":
      if (type.name === "string") return undefined;
      return type.name === "int" || type.name === "double" || type.name === "bool"
        ? `${wrong}; write string(…)`
        : wrong;
    case "integer":
      if (type.name === "int" || type.name === "uint") return undefined;
      return type.name === "double" ? `${wrong}; write int(…)` : wrong;
    case "double":
      return ["double", "int", "uint"].includes(type.name) ? undefined : wrong;
    case "timestamp":
      if (type.name === TIMESTAMP) return undefined;
      return type.name === "string" ? `${wrong}; write timestamp(…)` : wrong;
    case "duration":
      return type.name === DURATION ? undefined : wrong;
    case "blob":
      if (type.name === "bytes") return undefined;
      return type.name === "string" ? `${wrong}; write bytes(…)` : wrong;
    case "null":
      return type.name === "null" ? undefined : wrong;
    case "document":
      return type.name === "string" || type.kind === "map" || type.kind === "list" ? undefined : wrong;
    case "list":
      return type.kind === "list" && type.valueType ? misfit(type.valueType, shape.element, types, false, seen) : wrong;
    case "map":
      if (type.kind === "map" && type.valueType) return misfit(type.valueType, shape.value, types, false, seen);
      return wrong;
    case "structure": {
      if (type.kind === "map") return undefined;
      const source = types.structureOf(type);
      return source === undefined ? wrong : structureMisfit(source, shape, types, partial, seen);
    }
  }
}

/** A structure of one operation given to another: AWS often has two names for what is the same, so the members decide. */
function structureMisfit(
  from: StructureShape,
  to: StructureShape,
  types: TypeTable,
  partial: boolean,
  seen: Set<string>,
): string | undefined {
  const pair = `${from.name} ${to.name}`;
  if (from.name === to.name || seen.has(pair)) return undefined;
  seen.add(pair);
  for (const [name, member] of from.members) {
    const target = to.members.get(name);
    if (target === undefined) return `${from.name} has the member ${name}, which ${to.name} does not have`;
    const reason = shapeMisfit(member.shape, target.shape, types, seen);
    if (reason !== undefined) return `${from.name}.${name}: ${reason}`;
  }
  const missing = partial
    ? undefined
    : [...to.members].find(([name, member]) => member.required && !from.members.has(name));
  return missing === undefined ? undefined : `${to.name} needs ${missing[0]}, which ${from.name} does not have`;
}

function shapeMisfit(from: Shape, to: Shape, types: TypeTable, seen: Set<string>): string | undefined {
  if (from.kind === "any" || to.kind === "any") return undefined;
  if (from.kind === "structure" && to.kind === "structure") return structureMisfit(from, to, types, false, seen);
  if (from.kind === "list" && to.kind === "list") return shapeMisfit(from.element, to.element, types, seen);
  if (from.kind === "map" && to.kind === "map") return shapeMisfit(from.value, to.value, types, seen);
  const asText = (shape: Shape) => shape.kind === "string" || shape.kind === "document";
  if (from.kind === to.kind || (asText(from) && asText(to))) return undefined;
  if (from.kind === "integer" && to.kind === "double") return undefined;
  return `expected ${describeShape(to)}, found ${describeShape(from)}`;
}
