import type { HeldItem, Plan, PlanItem } from "../types/plan.ts";
import type { Wait } from "./build.ts";
import { itemHash } from "./file.ts";

/** The order of a plan's lists. IDs are letters and digits: no locale has a say. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** An item that is left out of the plan, as the header lists it. */
export function heldItem(
  { id, policy, account, region, resource }: PlanItem,
  outcome: HeldItem["outcome"],
  reason: string,
): HeldItem {
  return { id, policy, account, region, resource, outcome, reason };
}

/** Why an item that stands in a plan is to wait, or undefined. */
export type Hold = (item: PlanItem) => Wait | undefined;

/** Moves items for which there is a reason to wait out of a plan and into what it lists as held. */
export function holdBack(plan: Plan, hold: Hold): Plan {
  const held = plan.items.flatMap((item) => {
    const wait = hold(item);
    return wait === undefined ? [] : [heldItem(item, wait.outcome, wait.reason)];
  });
  if (held.length === 0) return plan;
  const out = new Set(held.map(({ id }) => id));
  const items = plan.items.filter(({ id }) => !out.has(id));
  const all = [...plan.header.held, ...held].sort(byId);
  return { header: { ...plan.header, held: all, items: items.map(itemHash).sort() }, items };
}
