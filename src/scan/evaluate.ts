import type { EffectivePolicy } from "../catalogue/compiled.ts";
import type { Bindings, Evaluation, Expression } from "../types/cel.ts";
import type { FieldState, FindingStatus } from "../types/scan.ts";
import type { ResourceView } from "./resource.ts";

const NOT_READ: FieldState = { state: "unknown", code: "NotRead", message: "the check did not read it" };

export interface Verdict {
  readonly status: FindingStatus;
  readonly reason: string;
  /** The fields that the deciding evaluation read, sorted. */
  readonly read: readonly string[];
  /** What could not be read, where that is the reason. */
  readonly unknown: { readonly code: string; readonly message: string } | undefined;
}

/**
 * One policy's verdict on one resource. An expression is evaluated with what is known; only while that leaves it open is the cheapest
 * field it asked for fetched. So `when` over listed fields costs nothing for what is out of scope, and `a && b` never reads b where a is false.
 */
export async function judge(effective: EffectivePolicy, view: ResourceView, now: string): Promise<Verdict> {
  const { policy, params } = effective;
  const bindings: Bindings = { ...view.bindings, params: { json: params }, now: { json: now } };
  const read = new Set<string>();
  if (policy.when !== undefined) {
    const scope = await decide(policy.when, view, bindings, read);
    if (scope.kind !== "value") return undecided(scope, read);
    if (scope.value === false) return verdict("out_of_scope", "outside the policy's `when`", read);
  }
  const result = await decide(policy.check, view, bindings, read);
  if (result.kind !== "value") return undecided(result, read);
  if (result.value === true) return verdict("pass", "", read);
  return verdict("fail", reasonOf(policy.reason, view, bindings, read) ?? `not so: ${policy.file.title}`, read);
}

async function decide(
  expression: Expression,
  view: ResourceView,
  bindings: Bindings,
  read: Set<string>,
): Promise<Evaluation> {
  for (;;) {
    const touched = new Set<string>();
    const pending = new Set<string>();
    const result = expression.evaluate({ ...bindings, resource: view.binding(touched, pending) });
    const [cheapest] = [...pending].sort((a, b) => view.cost(a) - view.cost(b));
    if (result.kind === "value" || cheapest === undefined) {
      for (const name of touched) if (!pending.has(name)) read.add(name);
      return result;
    }
    await view.fetch(cheapest);
  }
}

/**
 * A reason may use what the verdict read and what the listing gave. Anything else another policy may or may not have fetched, and the words
 * of a finding shall not depend on which policies run beside it.
 */
function reasonOf(
  expression: Expression | undefined,
  view: ResourceView,
  bindings: Bindings,
  read: ReadonlySet<string>,
): string | undefined {
  const tell = (name: string): FieldState => (read.has(name) || view.cost(name) === 0 ? view.state(name) : NOT_READ);
  const result = expression?.evaluate({ ...bindings, resource: { read: tell } });
  return result?.kind === "value" && typeof result.value === "string" && result.value !== "" ? result.value : undefined;
}

function undecided(result: Exclude<Evaluation, { kind: "value" }>, read: ReadonlySet<string>): Verdict {
  if (result.kind === "unknown") {
    const reason = `\`${result.path}\` could not be read: ${result.message}`;
    return { ...verdict("unknown", reason, read), unknown: { code: result.code, message: result.message } };
  }
  const message = result.kind === "error" ? result.message : "the expression gives no value";
  return { ...verdict("unknown", message, read), unknown: { code: "ExpressionError", message } };
}

function verdict(status: FindingStatus, reason: string, read: ReadonlySet<string>): Verdict {
  return { status, reason, read: [...read].sort(), unknown: undefined };
}
