import { runOf } from "../bindings.ts";
import { attempt, EvaluationFault, graver } from "../faults.ts";
import type { CelNode, Context, Evaluator, LoopContext, MethodNode } from "../library.ts";
import { describeValue, entriesOf, isKeyed } from "../to-json.ts";

/** How often the predicate of exists_one may hold is counted; the others are what their names say. */
const LOOPS = new Set(["all", "exists", "exists_one", "filter", "map"]);

export function isLoop(node: MethodNode): boolean {
  return LOOPS.has(node.args[0]) && node.meta.alternate !== undefined;
}

/**
 * Own loops over the library's checked comprehension: they count steps, so that no expression runs for long, and keep on looking after a
 * fault, since an element that decides the result (exists, all) or one that could not be read (all of them) outweighs it.
 */
export function installLoop(node: MethodNode): void {
  const comprehension = node.meta.alternate;
  if (comprehension?.op !== "comprehension") return;
  const [name, receiver, [, ...bodies]] = node.args;
  comprehension.setMeta("async", false);
  comprehension.setMeta("evaluate", (evaluator, _node, context) => {
    const items = itemsOf(evaluator.run(receiver, context));
    const loop = new Loop(evaluator, comprehension.args.iterCtx.reuse(context), items);
    const [first, second] = bodies;
    if (first === undefined) throw new TypeError("a loop without a body");
    switch (name) {
      case "exists":
        return loop.decide(first, true);
      case "all":
        return loop.decide(first, false);
      case "exists_one":
        return loop.collect(first, undefined).length === 1;
      case "filter":
        return loop.collect(first, undefined);
      default:
        return second === undefined ? loop.collect(undefined, first) : loop.collect(first, second);
    }
  });
}

class Loop {
  readonly #evaluator: Evaluator;
  readonly #context: LoopContext;
  readonly #items: readonly unknown[];

  constructor(evaluator: Evaluator, context: LoopContext, items: readonly unknown[]) {
    this.#evaluator = evaluator;
    this.#context = context;
    this.#items = items;
  }

  /** `decisive` as soon as the predicate says so for one element, whatever went wrong with others; else the gravest fault, else the opposite. */
  decide(predicate: CelNode, decisive: boolean): boolean {
    let fault: Error | undefined;
    for (const item of this.#items) {
      const holds = attempt(() => this.#test(predicate, this.#at(item)));
      if (holds === decisive) return decisive;
      if (holds instanceof Error) fault = graver(fault, holds);
    }
    if (fault !== undefined) throw fault;
    return !decisive;
  }

  /** The elements for which the predicate holds, transformed. Any fault is the result's. */
  collect(predicate: CelNode | undefined, transform: CelNode | undefined): unknown[] {
    let fault: Error | undefined;
    const found: unknown[] = [];
    for (const item of this.#items) {
      const failed = attempt(() => {
        const context = this.#at(item);
        if (predicate !== undefined && !this.#test(predicate, context)) return;
        found.push(transform === undefined ? item : this.#evaluator.run(transform, context));
      });
      if (failed instanceof Error) fault = graver(fault, failed);
    }
    if (fault !== undefined) throw fault;
    return found;
  }

  #at(item: unknown): Context {
    runOf(this.#context).step();
    return this.#context.setIterValue(item, this.#evaluator);
  }

  #test(predicate: CelNode, context: Context): boolean {
    const holds = this.#evaluator.run(predicate, context);
    if (typeof holds === "boolean") return holds;
    throw new EvaluationFault(`the predicate must be true or false, found ${describeValue(holds)}`);
  }
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (isKeyed(value)) return Array.from(entriesOf(value), ([key]) => key);
  throw new EvaluationFault(`only lists and maps can be looped over, found ${describeValue(value)}`);
}
