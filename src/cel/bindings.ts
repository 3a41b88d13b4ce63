import type { Binding, Bindings, Scope } from "../types/cel.ts";
import type { Shape } from "../types/shape.ts";
import { EvaluationFault } from "./faults.ts";
import type { FromJson } from "./from-json.ts";
import type { Context } from "./library.ts";

/** The key under which an evaluation's own state travels in the library's context. No identifier can be empty. */
const RUN = "";

/** One evaluation: how many steps it may still take. A turn of a loop is a step; so is a part of what a large value costs to handle. */
export class Run {
  #left: number;
  readonly #limit: number;

  constructor(limit: number) {
    this.#left = limit;
    this.#limit = limit;
  }

  step(count = 1): void {
    this.#left -= count;
    if (this.#left < 0) throw new EvaluationFault(`the expression takes more than ${this.#limit} steps`);
  }
}

/** A variable, converted when the expression first names it. */
export class Slot {
  readonly #name: string;
  readonly #shape: Shape;
  readonly #binding: Binding;
  readonly #convert: FromJson;
  #value: { readonly of: unknown } | undefined;

  constructor(name: string, shape: Shape, binding: Binding, convert: FromJson) {
    this.#name = name;
    this.#shape = shape;
    this.#binding = binding;
    this.#convert = convert;
  }

  /** Whether the variable itself is set. */
  get set(): boolean {
    if ("absent" in this.#binding) return false;
    return !(
      "json" in this.#binding &&
      this.#binding.json === null &&
      this.#shape.kind !== "any" &&
      this.#shape.kind !== "null"
    );
  }

  value(): unknown {
    this.#value ??= { of: this.#read() };
    return this.#value.of;
  }

  #read(): unknown {
    const binding = this.#binding;
    if ("read" in binding) {
      if (this.#shape.kind === "structure") return this.#convert.structure(this.#shape, binding.read, this.#name);
      throw new EvaluationFault(`${this.#name} is not a structure and cannot be read member by member`);
    }
    if ("json" in binding) {
      const found = this.#convert.fromState({ state: "value", value: binding.json }, this.#shape, this.#name);
      if (found.state === "value") return found.value;
    }
    const empty = this.#convert.emptyOf(this.#shape, this.#name);
    if (empty.state === "value") return empty.value;
    throw new EvaluationFault(`${this.#name} is not set`);
  }
}

export function contextOf(scope: Scope, bindings: Bindings, convert: FromJson, run: Run): Map<string, unknown> {
  const context = new Map<string, unknown>([[RUN, run]]);
  for (const [name, shape] of Object.entries(scope)) {
    const binding = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
    context.set(name, new Slot(name, shape, binding ?? { absent: true }, convert));
  }
  return context;
}

export function runOf(context: Context): Run {
  const run = context.getValue(RUN);
  if (run instanceof Run) return run;
  throw new TypeError("an expression was evaluated outside of its environment");
}

export function slotOf(context: Context, name: string): Slot {
  const slot = context.getValue(name);
  if (slot instanceof Slot) return slot;
  throw new EvaluationFault(`${name} has no value`);
}
