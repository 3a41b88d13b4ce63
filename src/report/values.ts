import { canonical, isObject, withPointer } from "../json.ts";
import { count } from "../text/plain.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { PlanItem, PlannedCall } from "../types/plan.ts";
import { type Change, diffFields, isSecret, leaves } from "./diff.ts";

/** Values and calls as words, before they are encoded for a place. What comes out is as hostile as what went in. */

/** JSON on one line; what is not there and what is secret in words. */
export function valueWords(value: Json | undefined): string {
  if (value === undefined) return "(not set)";
  if (isSecret(value)) return `(sensitive: ${count(value.length)} characters, SHA-256 ${value.sha256.slice(0, 12)}…)`;
  return canonical(value);
}

/** What an item changes; for one that deletes its resource, what goes away with it. */
export function changesOf(item: PlanItem): Change[] {
  return item.deletes ? leaves(item.before, item.fields) : diffFields(item.before, item.after, item.fields);
}

/** What happens where that is more than a change of fields. */
export function wholeChange(item: PlanItem): string | undefined {
  if (item.deletes) return "the resource is deleted";
  if (item.undoes !== undefined && item.fields.length === 0) return "the resource is made again";
  return undefined;
}

/** `s3:PutPublicAccessBlock Bucket="logs" …`: the parameters as they are sent; what an earlier step supplies as `<steps.…>`. */
export function callWords(call: PlannedCall): string {
  let params: Json = call.params;
  for (const [pointer, expression] of Object.entries(call.bind ?? {}))
    params = withPointer(params, pointer, `<${expression}>`);
  const shown = Object.entries(isObject(params) ? params : {}).map(([name, value]) => `${name}=${valueWords(value)}`);
  const until = call.until === undefined ? "" : ` until ${call.until.condition} (at most ${count(call.until.limit)} s)`;
  return [call.call, ...shown].join(" ") + until;
}

/** The part of an undo that it cannot do, or nothing. */
export function undoWords(item: PlanItem): {
  readonly calls: readonly PlannedCall[];
  readonly note: string | undefined;
} {
  if (item.undo.length === 0) return { calls: [], note: `no undo: ${item.undo_note ?? "the remediation has none"}` };
  return { calls: item.undo, note: item.undo_note };
}

/** Calls that change something. */
export function writesOf(items: readonly PlanItem[]): number {
  return items.reduce((sum, item) => sum + item.calls.filter(({ reads }) => reads !== true).length, 0);
}

/** `drift` of a stale outcome: field -> what the plan saw and what is there now. */
export function driftChanges(drift: JsonObject): Change[] {
  return Object.entries(drift).flatMap(([field, value]) => {
    const { planned_from: before = null, now = null } = isObject(value) ? value : {};
    const side = (json: Json): JsonObject => (json === null ? {} : { [field]: json });
    return diffFields(side(before), side(now), [field]);
  });
}
