import type { CompiledStep } from "../catalogue/compiled.ts";
import { isArray } from "../json.ts";
import type { Bindings, Evaluation } from "../types/cel.ts";
import type { Json } from "../types/json.ts";
import type { PlannedCall } from "../types/plan.ts";

/** Why calls could not be worked out: a field they need could not be read, or the catalogue's expression is wrong. */
export interface Hindrance {
  readonly outcome: "unknown" | "blocked";
  readonly reason: string;
}

export function hindrance(result: Exclude<Evaluation, { kind: "value" }>): Hindrance {
  if (result.kind === "unknown")
    return { outcome: "unknown", reason: `\`${result.path}\` could not be read: ${result.message}` };
  return {
    outcome: "blocked",
    reason: result.kind === "error" ? result.message : "an expression of the remediation gives no value",
  };
}

export type Planned =
  | { readonly calls: readonly PlannedCall[]; readonly iam: readonly string[] }
  | { readonly hindrance: Hindrance };

/** Works out the exact calls of steps for one resource. What only an earlier step's output can tell becomes a binding. */
export function planCalls(steps: readonly CompiledStep[], bindings: Bindings): Planned {
  const calls: PlannedCall[] = [];
  const iam = new Set<string>();
  for (const step of steps) {
    const when = step.when?.evaluate(bindings);
    if (when !== undefined && when.kind !== "value") return { hindrance: hindrance(when) };
    if (when?.value === false) continue;
    let elements: readonly Json[] | undefined;
    if (step.each !== undefined) {
      const list = step.each.evaluate(bindings);
      if (list.kind !== "value") return { hindrance: hindrance(list) };
      elements = isArray(list.value) ? list.value : [];
    }
    const rounds = elements === undefined ? [undefined] : [...elements.keys()];
    for (const index of rounds) {
      const element = index === undefined ? undefined : elements?.[index];
      const inner: Bindings = element === undefined ? bindings : { ...bindings, each: { json: element } };
      const planned = planCall(step, index === undefined ? step.name : `${step.name}.${index}`, inner);
      if ("hindrance" in planned) return planned;
      calls.push(planned.call);
    }
    for (const action of rounds.length === 0 ? [] : [...step.iam, ...(step.reuse?.iam ?? [])]) iam.add(action);
  }
  return { calls, iam: [...iam].sort() };
}

function planCall(
  step: CompiledStep,
  name: string,
  bindings: Bindings,
): { call: PlannedCall } | { hindrance: Hindrance } {
  const { template, operation } = step;
  const input = step.input.evaluate(bindings);
  if (input.kind !== "value") return { hindrance: hindrance(input) };
  const reuse = step.reuse?.input.evaluate(bindings);
  if (reuse !== undefined && reuse.kind !== "value") return { hindrance: hindrance(reuse) };
  return {
    call: {
      step: name,
      call: template.call,
      params: input.params,
      ...(Object.keys(input.bind).length === 0 ? {} : { bind: input.bind }),
      ...(template.until === undefined
        ? {}
        : { until: { condition: template.until, limit: seconds(template.limit ?? "5m") } }),
      ...(template.already === undefined ? {} : { already: template.already }),
      ...(template.failure === undefined ? {} : { failure: template.failure }),
      ...(template.reuse === undefined || reuse === undefined
        ? {}
        : { reuse: { call: template.reuse.call, params: reuse.params, items: template.reuse.items } }),
      ...(operation.reads ? { reads: true } : {}),
    },
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `10m`, `12h`, `7d` in seconds. */
export function seconds(duration: string): number {
  return Number(duration.slice(0, -1)) * (UNITS[duration.slice(-1)] ?? 1);
}
