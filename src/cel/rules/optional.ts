import type { Environment } from "@marcbachmann/cel-js";
import { Optional } from "@marcbachmann/cel-js";
import { EvaluationFault, Problem } from "../faults.ts";
import type { CelNode, CelType, Checker, Context, Evaluator, LoopContext, MethodNode } from "../library.ts";
import { StructValue } from "../struct-value.ts";
import { describeValue } from "../to-json.ts";
import { describeTypeName } from "../types.ts";

/** The macros that the library leaves out: `optional.optMap(x, …)` and `optional.optFlatMap(x, …)`. */
const MACROS = new Set(["optMap", "optFlatMap"]);

/** Lets the parser know the macros, so that each becomes a node whose rules installOptionalMacro puts in place. */
export function registerOptionalFunctions(library: Environment): void {
  library.registerFunction("OptionalNamespace.ofNonZeroValue(A): optional<A>", ofNonZeroValue, { async: false });
}

/** CEL's optional.ofNonZeroValue: zero, false, the empty text, list and map, null and a structure without members are none. */
function ofNonZeroValue(_namespace: unknown, value: unknown): Optional {
  return isZero(value) ? Optional.none() : Optional.of(value);
}

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === "" || value === 0 || value === 0n) return true;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  return value instanceof StructValue && value.setMembers().next().done === true;
}

export function isOptionalMacro(node: MethodNode): boolean {
  return MACROS.has(node.args[0]) && node.args[2].length === 2 && node.args[2][0]?.op === "id";
}

export function installOptionalMacro(node: MethodNode): void {
  const [name, receiver, [variable, body]] = node.args;
  if (variable?.op !== "id" || body === undefined) return;
  const flat = name === "optFlatMap";
  let inner: LoopContext | undefined;
  node.setMeta("macro", {
    typeCheck: (checker: Checker, _macro: unknown, context: Context): CelType => {
      const type = checker.check(receiver, context);
      if (type.kind !== "optional" && type.kind !== "dyn") {
        throw new Problem(
          receiver,
          `${name}() takes an optional, such as resource.?Name, found ${describeTypeName(type.name)}`,
        );
      }
      inner = context.forkWithVariable(variable.args, type.valueType ?? checker.getType("dyn"));
      const result = checker.check(body, inner);
      if (!flat) return checker.getType(`optional<${result.name}>`);
      if (result.kind === "optional" || result.kind === "dyn") return result;
      throw new Problem(body, `optFlatMap() needs an optional, found ${describeTypeName(result.name)}`);
    },
    evaluate: (evaluator: Evaluator, _macro: unknown, context: Context): unknown => {
      const held = optionalOf(evaluator, receiver, context, name);
      if (!held.hasValue() || inner === undefined) return Optional.none();
      const result = evaluator.run(body, inner.reuse(context).setIterValue(held.value(), evaluator));
      if (!flat) return Optional.of(result);
      if (result instanceof Optional) return result;
      throw new EvaluationFault(`optFlatMap() needs an optional, found ${describeValue(result)}`);
    },
  });
}

function optionalOf(evaluator: Evaluator, node: CelNode, context: Context, name: string): Optional {
  const value = evaluator.run(node, context);
  if (value instanceof Optional) return value;
  throw new EvaluationFault(`${name}() takes an optional, found ${describeValue(value)}`);
}
