import type { Urgency } from "../types/journal.ts";
import type { PlanItem, PlannedCall } from "../types/plan.ts";

/**
 * How soon the output of a step must be safe: before the item's next call only where a run that comes after a killed one could not do without it. It
 * can where the call only reads and nothing is made of what it read (it is made again), where `reuse` finds again what was made, and where the call
 * is the last write: then reading the resource tells, unless the undo needs the output.
 */
export function urgencyOf({ calls, undo }: PlanItem, step: string): Urgency {
  const index = calls.findIndex((call) => call.step === step);
  const call = calls[index];
  if (call === undefined) return "now";
  const later = calls.slice(index + 1);
  if (call.reads === true) return binds([...later, ...undo], step) ? "now" : "later";
  if (call.reuse !== undefined) return "later";
  const last = later.every(({ reads }) => reads === true);
  return last && !binds([...later, ...undo], step) ? "later" : "now";
}

/** Whether any of the calls is filled in from the step's output. Rather once too often: a word that only looks like the name costs a write. */
function binds(calls: readonly PlannedCall[], step: string): boolean {
  const [name = ""] = step.split(".");
  const word = new RegExp(`\\b${name}\\b`);
  return calls.some(({ bind }) => Object.values(bind ?? {}).some((expression) => word.test(expression)));
}
