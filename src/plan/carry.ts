import type { Plan, PlanItem } from "../types/plan.ts";
import type { Gap } from "../types/scan.ts";
import { itemHash } from "./file.ts";

/**
 * What a scan could not look at is carried over from the plan before, not dropped: a permission that is lost, or a role that cannot be assumed,
 * looks like compliance otherwise, and would withdraw what people are about to approve.
 */
export function carryOver(
  plan: Plan,
  previous: Plan | undefined,
  gaps: readonly Gap[],
): { readonly plan: Plan; readonly carried: number } {
  const known = new Set(plan.items.map(({ id }) => id));
  const carried = (previous?.items ?? []).filter((item) => !known.has(item.id) && gaps.some((gap) => hides(gap, item)));
  if (carried.length === 0) return { plan, carried: 0 };
  const items = [...plan.items, ...carried].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { plan: { header: { ...plan.header, items: items.map(itemHash).sort() }, items }, carried: carried.length };
}

/** A gap of a global type names the region that was asked, not the one of the resource. */
function hides(gap: Gap, item: PlanItem): boolean {
  if (gap.account !== item.account) return false;
  if (gap.type !== "*" && gap.type !== item.resource.type) return false;
  return gap.policies.includes(item.policy);
}
