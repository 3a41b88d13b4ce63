import type { HeldItem, PlanItem } from "../types/plan.ts";

/** An item that is left out of the plan, as the header lists it. */
export function heldItem(
  { id, policy, account, region, resource }: PlanItem,
  outcome: HeldItem["outcome"],
  reason: string,
): HeldItem {
  return { id, policy, account, region, resource, outcome, reason };
}
