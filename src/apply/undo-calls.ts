import type { CompiledCatalogue, CompiledRemediation, CompiledStep } from "../catalogue/compiled.ts";
import { own, sameJson, toJson, withPointer } from "../json.ts";
import { planCalls } from "../plan/calls.ts";
import { shownValue } from "../scan/finding.ts";
import type { Bindings } from "../types/cel.ts";
import type { Json } from "../types/json.ts";
import type { PlanItem, PlannedCall } from "../types/plan.ts";
import type { FieldState } from "../types/scan.ts";

const OTHER = "the catalogue takes it back by other calls than the journal says";

/**
 * Why calls that the journal gives as the way back from an applied item may not be made; undefined where the catalogue makes them too. Whoever may
 * write to the journal could put any call there, so only those pass that the remediation has in its `undo`, in its order. They are rendered anew from the
 * journaled values from before; a step that reads what was not journaled is held against the catalogue by operation and by the parameters that name the resource.
 */
export function otherUndo(
  applied: PlanItem,
  calls: readonly PlannedCall[],
  catalogue: CompiledCatalogue,
): string | undefined {
  const { remediation: name, resource } = applied;
  const remediation = catalogue.remediations.get(name);
  if (remediation === undefined) return `the catalogue has no remediation ${name}`;
  const { type, file, changes, fields } = remediation;
  if (resource.type !== type.file.type) return `${name} is for ${type.file.type}, not for ${resource.type}`;
  const deletes = file.deletes === true;
  // What the fingerprint leaves out could have been changed by others, and "gone" is a state to start from only where we deleted.
  if (applied.deletes !== deletes || !fields.every((field) => applied.covers.includes(field))) return OTHER;
  if (!deletes && !sameJson([...changes.keys()].sort(), toJson(applied.fields))) return OTHER;
  const bindings = bindingsOf(applied, remediation);
  let rest = calls;
  for (const step of remediation.undo) {
    const mine = rest.slice(0, lengthOf(step, rest));
    if (!fits(step, mine, bindings, applied)) return OTHER;
    rest = rest.slice(mine.length);
  }
  return rest.length === 0 ? undefined : OTHER;
}

/** How many of the calls are the step's, by their names: one, or `NAME.0`, `NAME.1`, … of one that runs for each element. */
function lengthOf({ name, each }: CompiledStep, calls: readonly PlannedCall[]): number {
  const other = calls.findIndex(({ step }, index) => step !== (each === undefined ? name : `${name}.${index}`));
  const length = other === -1 ? calls.length : other;
  return each === undefined ? Math.min(length, 1) : length;
}

function fits(step: CompiledStep, calls: readonly PlannedCall[], bindings: Bindings, applied: PlanItem): boolean {
  const planned = planCalls([step], bindings);
  if (!("hindrance" in planned))
    return planned.calls.length === calls.length && planned.calls.every((made, index) => isSame(made, calls[index]));
  const when = step.when?.evaluate(bindings);
  if (when?.kind === "value" && when.value === false) return calls.length === 0;
  if (calls.length === 0) return step.each !== undefined || (when !== undefined && when.kind !== "value");
  return calls.every((call) => isAlike(step, call, applied));
}

/** What the steps gave is filled in by now: where the catalogue binds a value, only the journal tells which it was. */
function isSame(made: PlannedCall, call: PlannedCall | undefined): boolean {
  const { bind = {} } = made;
  if (call === undefined) return false;
  if (!Object.entries(call.bind ?? {}).every(([at, text]) => own(bind, at) === text)) return false;
  return sameJson(unbound(made, bind), unbound(call, bind));
}

function unbound({ bind: _, ...call }: PlannedCall, bind: Readonly<Record<string, string>>): Json {
  let params: Json = call.params;
  for (const pointer of Object.keys(bind)) params = withPointer(params, pointer, null);
  return toJson({ ...call, params });
}

/** For a step that cannot be rendered: the operation, and each parameter that is nothing but the resource's or the account's ID. */
function isAlike({ template, operation, reuse }: CompiledStep, call: PlannedCall, applied: PlanItem): boolean {
  const names: Readonly<Record<string, string>> = {
    "${id}": applied.resource.id,
    "${arn}": applied.resource.arn,
    "${account.id}": applied.account,
    "${item_id}": applied.id,
  };
  if (call.call !== template.call || (call.reads === true) !== operation.reads) return false;
  if (call.reuse?.call !== (reuse === undefined ? undefined : template.reuse?.call)) return false;
  return Object.entries(template.with ?? {}).every(([key, value]) => {
    const wanted = typeof value === "string" ? own(names, value.replace(/\s/g, "")) : undefined;
    return wanted === undefined || own(call.params, key) === wanted;
  });
}

/** What the undo's expressions may name, as far as the journal tells: all else is unknown, not absent. */
function bindingsOf(applied: PlanItem, { type, changes }: CompiledRemediation): Bindings {
  const { id, arn } = applied.resource;
  const stateIn = (values: PlanItem["before"], name: string): FieldState => {
    const value = own(values, name);
    if (!applied.fields.includes(name)) return UNKNOWN;
    if (value === undefined) return { state: "absent" };
    // A value of which the journal holds only a hash would be hashed once more.
    return sameJson(shownValue(type, name, { state: "value", value }) ?? null, value)
      ? { state: "value", value }
      : UNKNOWN;
  };
  const before = { read: (name: string) => stateIn(applied.before, name) };
  return {
    account: { read: (member) => (member === "id" ? { state: "value", value: applied.account } : UNKNOWN) },
    ...(applied.region === "global" ? {} : { region: { json: applied.region } }),
    partition: { json: arn.split(":")[1] ?? "" },
    id: { json: id },
    arn: { json: arn },
    item_id: { json: applied.id },
    params: { json: applied.params },
    resource: before,
    before,
    after: { read: (name) => stateIn(changes.has(name) ? applied.after : applied.before, name) },
  };
}

const UNKNOWN: FieldState = { state: "unknown", code: "NotJournaled", message: "the journal does not hold it" };
