import { Environment, EvaluationError } from "@marcbachmann/cel-js";
import { openCelNode } from "../trust.ts";
import type { Bindings, CelEnvironment, Compiled, Evaluation, Expression, Scope } from "../types/cel.ts";
import type { Shape } from "../types/shape.ts";
import { contextOf, Run, slotOf } from "./bindings.ts";
import { misfits } from "./expected.ts";
import { explain, type KnownFunction, textProblem } from "./explain.ts";
import { EvaluationFault, Problem, UnknownFault } from "./faults.ts";
import { FromJson } from "./from-json.ts";
import { builtInFunctions, type CelFunction, registerFunctions } from "./functions/register.ts";
import type { CelNode } from "./library.ts";
import { takeOptionalMarks } from "./optional-entries.ts";
import { prepare } from "./prepare.ts";
import { readsOf } from "./reads.ts";
import { registerOptionalFunctions } from "./rules/optional.ts";
import { presence, SelectRules } from "./rules/select.ts";
import { compileTemplate } from "./template.ts";
import { toJson } from "./to-json.ts";
import { TypeTable } from "./types.ts";

export interface CelOptions {
  /** Further functions that expressions may call. */
  readonly functions?: readonly CelFunction[];
  /** How many loop steps one evaluation may take; the default allows two nested loops over a thousand elements each. */
  readonly maxSteps?: number;
}

/** Stands for "not set" as the result of a whole expression. */
const ABSENT_RESULT = Symbol("absent");

const MAX_STEPS = 1_000_000;
const MAX_SOURCE = 20_000;
/** Of the parser: the tree is walked recursively, so its size bounds the stack as well. */
const LIMITS = {
  maxAstNodes: 4_000,
  maxDepth: 100,
  maxListElements: 1_000,
  maxMapEntries: 1_000,
  maxCallArguments: 32,
};

/**
 * The typed CEL of policies, remediations and resource types (docs/cel.md). One environment serves every scope: structures are
 * registered the first time that an expression reaches them, and compiling touches nothing else.
 */
export function createCel(options: CelOptions = {}): CelEnvironment {
  return new TypedCel(options);
}

class TypedCel implements CelEnvironment {
  readonly #library: Environment;
  readonly #types: TypeTable;
  readonly #convert: FromJson;
  readonly #constants: ReadonlySet<string>;
  readonly #maxSteps: number;
  #functions: readonly KnownFunction[] | undefined;

  constructor(options: CelOptions) {
    this.#library = new Environment({
      enableOptionalTypes: true,
      homogeneousAggregateLiterals: false,
      unlistedVariablesAreDyn: false,
      limits: LIMITS,
    });
    this.#types = new TypeTable(this.#library);
    this.#convert = new FromJson(this.#types);
    this.#maxSteps = options.maxSteps ?? MAX_STEPS;
    registerOptionalFunctions(this.#library);
    registerFunctions(this.#library, [...builtInFunctions(this.#types, this.#convert), ...(options.functions ?? [])]);
    this.#constants = new Set(this.#library.getDefinitions().variables.map((variable) => variable.name));
  }

  compile(source: string, scope: Scope, expected?: Shape): Compiled<Expression> {
    try {
      return this.#compile(source, scope, expected);
    } catch (error) {
      this.#functions ??= this.#library.getDefinitions().functions;
      return { ok: false, problems: [explain(error, source, this.#functions)] };
    }
  }

  compileTemplate(
    ...args: Parameters<CelEnvironment["compileTemplate"]>
  ): ReturnType<CelEnvironment["compileTemplate"]> {
    return compileTemplate(this, ...args);
  }

  #compile(source: string, scope: Scope, expected: Shape | undefined): Compiled<Expression> {
    if (source.length > MAX_SOURCE) {
      throw new Problem({ start: 0, end: source.length }, `the expression is longer than ${MAX_SOURCE} characters`);
    }
    const { text, marks } = takeOptionalMarks(source);
    const parsed = this.#library.parse(text);
    const root = openCelNode(parsed.ast);
    const select = new SelectRules(this.#types);
    prepare(root, { scope, types: this.#types, select, marks, constants: this.#constants });
    const { error } = parsed.check();
    if (error !== undefined) throw error;
    const problems = expected === undefined ? [] : misfits(root, expected, this.#types);
    if (problems.length > 0) return { ok: false, problems: problems.map(textProblem) };

    const shape = this.#shapeOf(root, select, expected);
    if (expected === undefined && isPath(root, scope)) namesAValue(root);
    return {
      ok: true,
      value: {
        source,
        shape,
        reads: readsOf(root, (name) => Object.hasOwn(scope, name), this.#types),
        evaluate: (bindings: Bindings) => this.#evaluate(parsed, scope, bindings, expected ?? shape),
      },
    };
  }

  /** The expected shape says more than the type of a map literal; the declared shape of a member more than its CEL type. */
  #shapeOf(root: CelNode, select: SelectRules, expected: Shape | undefined): Shape {
    if (expected !== undefined && expected.kind !== "any") return expected;
    const type = root.checkedType;
    return select.memberShapes.get(root) ?? (type === undefined ? { kind: "any" } : this.#types.shapeOf(type));
  }

  #evaluate(
    parsed: (context: Map<string, unknown>) => unknown,
    scope: Scope,
    bindings: Bindings,
    shape: Shape,
  ): Evaluation {
    try {
      const value = parsed(contextOf(scope, bindings, this.#convert, new Run(this.#maxSteps)));
      const json = value === ABSENT_RESULT ? undefined : toJson(value, shape, "the result");
      return json === undefined ? { kind: "absent" } : { kind: "value", value: json };
    } catch (error) {
      return evaluationOf(error);
    }
  }
}

function evaluationOf(error: unknown): Evaluation {
  if (error instanceof UnknownFault)
    return { kind: "unknown", path: error.path, code: error.code, message: error.reason };
  if (error instanceof EvaluationError) return { kind: "error", message: error.summary };
  if (error instanceof EvaluationFault) return { kind: "error", message: error.message };
  if (error instanceof RangeError) return { kind: "error", message: "a value is nested too deeply or too large" };
  // Anything else is a bug of ours and must not pass for a verdict.
  throw error;
}

/** Nothing but members of a variable: `output.Policy`. */
function isPath(node: CelNode, scope: Scope): boolean {
  return node.op === "." ? isPath(node.args[0], scope) : node.op === "id" && Object.hasOwn(scope, node.args);
}

/**
 * An expression that only names a value, without an expected shape, is absent when the value is: a field `value: output.Policy` must not
 * turn "not set" into an empty structure, or has() would say that it is there.
 */
function namesAValue(root: CelNode): void {
  root.setMeta("evaluate", (evaluator, node, context) => {
    if (node.op === "id") {
      const slot = slotOf(context, node.args);
      return slot.set ? slot.value() : ABSENT_RESULT;
    }
    const found = presence(evaluator, node, context);
    return found.state === "value" ? found.value : ABSENT_RESULT;
  });
}
