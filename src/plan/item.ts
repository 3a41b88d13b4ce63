import type { CompiledRemediation } from "../catalogue/compiled.ts";
import { sameJson } from "../json.ts";
import { attributes, hash, shownValue } from "../scan/finding.ts";
import type { ResourceView } from "../scan/resource.ts";
import type { Failing } from "../scan/scan.ts";
import type { Bindings } from "../types/cel.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { HeldItem, PlanItem } from "../types/plan.ts";
import type { FieldState } from "../types/scan.ts";
import { type Hindrance, hindrance, planCalls } from "./calls.ts";
import { fingerprint, presentValues } from "./fingerprint.ts";

export type Built = { readonly item: PlanItem } | { readonly held: HeldItem };

/** Works out what fixing one failing resource would take: exact calls, before and after, undo; or why it cannot be planned. */
export function buildItem(failing: Failing, remediation: CompiledRemediation, now: string): Built {
  const { finding, effective, view } = failing;
  const { file } = remediation;
  const params = effective.remediationParams;
  const place = {
    policy: finding.policy,
    account: finding.account,
    region: finding.region,
    resource: finding.resource,
  };
  const { type, id: resourceId, identity } = finding.resource;
  const id = hash([
    place.account,
    place.region,
    type,
    resourceId,
    identity,
    place.policy,
    file.id,
    params,
    effective.params,
  ]).slice(0, 32);
  const held = ({ outcome, reason }: Hindrance): Built => ({ held: { id, ...place, outcome, reason } });
  if (file.risk === "destructive" && !effective.allowDestructive) {
    return held({
      outcome: "blocked",
      reason: `\`${file.id}\` is destructive; the policy's entry must say \`allow_destructive: true\``,
    });
  }
  const bindings: Bindings = {
    ...view.bindings,
    resource: viewBinding(view),
    params: { json: params },
    item_id: { json: id },
  };
  for (const { when, because } of remediation.refuse) {
    const result = when.evaluate(bindings);
    if (result.kind !== "value") return held(hindrance(result));
    if (result.value === true) return held({ outcome: "blocked", reason: because });
  }
  const changed = afterStates(remediation, bindings);
  if ("hindrance" in changed) return held(changed.hindrance);
  const after = changed.states;
  const afterOf = (name: string): FieldState => after.get(name) ?? view.state(name);
  const idle = [...after].every(([name, state]) => sameState(view.state(name), state));
  if (after.size > 0 && idle) {
    return held({
      outcome: "blocked",
      reason: `\`${file.id}\` would change nothing: the resource is as it would make it`,
    });
  }
  const wrong = file.deletes === true ? undefined : stillFails(failing, afterOf, now);
  if (wrong !== undefined) return held({ outcome: "blocked", reason: wrong });
  const full: Bindings = { ...bindings, before: viewBinding(view), after: { read: afterOf } };
  const calls = planCalls(remediation.steps, full);
  if ("hindrance" in calls) return held(calls.hindrance);
  if (calls.calls.length === 0) return held({ outcome: "blocked", reason: `\`${file.id}\` has no call to make here` });
  const undo = planCalls(remediation.undo, full);
  if ("hindrance" in undo) return held(undo.hindrance);
  const covers = [
    ...new Set([...failing.read.filter((name) => view.state(name).state !== "unknown"), ...remediation.fields]),
  ].sort();
  for (const name of covers) {
    const state = view.state(name);
    if (state.state === "unknown")
      return held({ outcome: "unknown", reason: `\`resource.${name}\` could not be read: ${state.message}` });
  }
  const fields = file.deletes === true ? [...failing.read].sort() : [...after.keys()].sort();
  const note = file.irreversible ?? file.undo_note;
  return {
    item: {
      id,
      policy: place.policy,
      remediation: file.id,
      severity: effective.severity,
      risk: file.risk,
      account: place.account,
      region: place.region,
      resource: place.resource,
      before: attributes(view, fields),
      after: file.deletes === true ? {} : shown(remediation, fields, afterOf),
      fields,
      deletes: file.deletes === true,
      fingerprint: fingerprint(view, covers),
      covers,
      params,
      calls: calls.calls,
      undo: undo.calls,
      ...(note === undefined ? {} : { undo_note: note }),
      iam: [...new Set([...calls.iam, ...undo.iam])].sort(),
      impact: file.impact,
      cost: file.cost,
      reason: finding.reason,
    },
  };
}

function viewBinding(view: ResourceView) {
  return { read: (member: string) => view.state(member) };
}

function afterStates(
  remediation: CompiledRemediation,
  bindings: Bindings,
): { readonly states: ReadonlyMap<string, FieldState> } | { readonly hindrance: Hindrance } {
  const states = new Map<string, FieldState>();
  for (const [name, expression] of remediation.changes) {
    const result = expression.evaluate(bindings);
    if (result.kind === "absent") states.set(name, { state: "absent" });
    else if (result.kind !== "value") return { hindrance: hindrance(result) };
    else states.set(name, { state: "value", value: asField(remediation, name, result.value) });
  }
  return { states };
}

/** Documents travel as text; an expression that builds one gives JSON. */
function asField(remediation: CompiledRemediation, name: string, value: Json): Json {
  const shape = remediation.type.fields.get(name)?.shape;
  return shape?.kind === "document" && typeof value !== "string" ? JSON.stringify(value) : value;
}

/**
 * The plan's own proof: with the changes made, the check must pass. A remediation that would leave the check failing (a parameter that is
 * too weak, a field nobody thought of) is told before anything is touched, not by a failed verification afterwards.
 */
function stillFails(failing: Failing, afterOf: (name: string) => FieldState, now: string): string | undefined {
  const { effective, view } = failing;
  const result = effective.policy.check.evaluate({
    ...view.bindings,
    resource: { read: afterOf },
    params: { json: effective.params },
    now: { json: now },
  });
  if (result.kind === "value" && result.value === true) return undefined;
  const why = result.kind === "value" ? "is false" : result.kind === "absent" ? "gives no value" : result.message;
  return `with the planned changes the check would still not pass (${why})`;
}

function shown(
  remediation: CompiledRemediation,
  fields: readonly string[],
  afterOf: (name: string) => FieldState,
): JsonObject {
  const values = presentValues(fields, afterOf).map(([name, value]): [string, Json] => {
    return [name, shownValue(remediation.type, name, { state: "value", value }) ?? value];
  });
  return Object.fromEntries(values);
}

function sameState(a: FieldState, b: FieldState): boolean {
  if (a.state === "value" && b.state === "value") return sameJson(a.value, b.value);
  return a.state === b.state;
}
