import type { EffectivePolicy } from "../catalogue/compiled.ts";
import { sameJson, toJson } from "../json.ts";
import { buildItem } from "../plan/item.ts";
import { judge } from "../scan/evaluate.ts";
import { findingOf } from "../scan/finding.ts";
import type { ResourceView } from "../scan/resource.ts";
import type { Json } from "../types/json.ts";
import type { PlanItem } from "../types/plan.ts";

/**
 * Why an item may not run, where the catalogue makes other calls of the resource than the plan holds; undefined where both are the same. A plan is
 * a file, and hashes that stand in the same file prove nothing: what runs is what today's policies make of today's resource, and only if
 * it is byte for byte what was approved.
 */
export async function otherCalls(
  item: PlanItem,
  effective: EffectivePolicy | undefined,
  view: ResourceView,
  now: string,
): Promise<string | undefined> {
  const remediation = effective?.policy.remediation;
  // An undo is held against the journal instead, when it is admitted.
  if (item.undoes !== undefined || effective === undefined || remediation === undefined) return undefined;
  const verdict = await judge(effective, view, now);
  if (verdict.status !== "fail") return `its check is ${verdict.status} now`;
  for (const name of remediation.fields) await view.fetch(name);
  const finding = findingOf(effective, view, verdict);
  const built = buildItem({ finding, effective, view, read: verdict.read }, remediation, now);
  if ("held" in built) return built.held.reason;
  return sameJson(bound(built.item), bound(item))
    ? undefined
    : "the catalogue makes other calls of it than the plan holds";
}

/** What must be the same for an approved item to run. */
function bound({ id, calls, undo, fields, deletes, before, after, risk }: PlanItem): Json {
  return toJson({ id, calls, undo, fields, deletes, before, after, risk });
}
