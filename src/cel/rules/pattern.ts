import { runOf } from "../bindings.ts";
import { allOrThrow, EvaluationFault, Problem } from "../faults.ts";
import type { CallNode, CelNode, MethodNode } from "../library.ts";
import { compilePattern, matchesPattern } from "../regex.ts";
import { describeValue } from "../to-json.ts";

/** So many steps of the engine cost one step of the evaluation. */
const ENGINE_STEPS = 100;

/** `text.matches(pattern)` and `matches(text, pattern)`. */
export function isMatches(node: CallNode | MethodNode): boolean {
  return node.args[0] === "matches" && operandsOf(node).length === 2;
}

/** A pattern written out is checked when the expression is compiled; any other when it is used. */
export function installMatches(node: CallNode | MethodNode): void {
  const operands = operandsOf(node);
  const pattern = operands[1];
  if (pattern?.op === "value" && typeof pattern.args === "string") {
    const result = compilePattern(pattern.args);
    if (!result.ok) throw new Problem(pattern, result.message);
  }
  node.setMeta("evaluate", (evaluator, _node, context) => {
    const [text, source] = allOrThrow(operands.map((operand) => () => evaluator.run(operand, context)));
    if (typeof text === "string" && typeof source === "string") {
      const run = runOf(context);
      return matchesPattern(text, source, (worst) => run.step(Math.ceil(worst / ENGINE_STEPS)));
    }
    throw new EvaluationFault(`matches() takes text, found ${describeValue(typeof text === "string" ? source : text)}`);
  });
}

function operandsOf(node: CallNode | MethodNode): readonly CelNode[] {
  return node.op === "call" ? node.args[1] : [node.args[1], ...node.args[2]];
}
