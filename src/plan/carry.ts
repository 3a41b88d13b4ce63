import type { Plan, PlanItem } from "../types/plan.ts";
import type { Finding, Gap } from "../types/scan.ts";
import { itemHash } from "./file.ts";
import { byId } from "./held.ts";

/** What a scan says of the items of an earlier plan. */
export interface Looked {
  readonly gaps: readonly Gap[];
  readonly findings: readonly Finding[];
  /** All that this scan plans or holds back, of whatever report. */
  readonly whole: Plan;
}

/**
 * What a scan could not look at is carried over from the plan before, not dropped: a permission that is lost, or a role that cannot be assumed,
 * looks like compliance otherwise, and would withdraw what people are about to approve. A gap hides more than it names (one of another region counts),
 * so that what the scan did see is never carried: it is in order, planned, or held back with a reason.
 */
export function carryOver(
  plan: Plan,
  previous: Plan | undefined,
  { gaps, findings, whole }: Looked,
): { readonly plan: Plan; readonly carried: number } {
  const planned = [...plan.items, ...whole.items].map(({ id }) => id);
  const held = whole.header.held.flatMap(({ id, outcome }) => (outcome === "unknown" ? [] : [id]));
  const known = new Set([...planned, ...held]);
  const fine = new Set(findings.flatMap((one) => (IN_ORDER.has(one.status) ? [placeOf(one)] : [])));
  const carried = (previous?.items ?? []).filter(
    (item) => !known.has(item.id) && !fine.has(placeOf(item)) && gaps.some((gap) => hides(gap, item)),
  );
  if (carried.length === 0) return { plan, carried: 0 };
  const items = [...plan.items, ...carried].sort(byId);
  return { plan: { header: { ...plan.header, items: items.map(itemHash).sort() }, items }, carried: carried.length };
}

const IN_ORDER: ReadonlySet<string> = new Set<Finding["status"]>(["pass", "out_of_scope"]);

function placeOf({ policy, account, region, resource }: PlanItem | Finding): string {
  return JSON.stringify([policy, account, region, resource.type, resource.id, resource.identity]);
}

/** A gap of a global type names the region that was asked, not the one of the resource. */
function hides(gap: Gap, item: PlanItem): boolean {
  if (gap.account !== item.account) return false;
  if (gap.type !== "*" && gap.type !== item.resource.type) return false;
  return gap.policies.includes(item.policy);
}
