import type { Guards, Severity } from "../types/catalogue.ts";
import type { HeldItem, PlanItem } from "../types/plan.ts";
import { byId, heldItem } from "./held.ts";

/** A share of few says little: this many items of a policy are never held back by `percent`. */
export const PERCENT_FLOOR = 5;

export const SEVERITY_ORDER: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };

/**
 * Lets through what the guards allow, worst first, and lists the rest. `inScope` counts the resources each policy looked at (pass and fail):
 * a policy that suddenly wants to change a large share of them is more likely wrong than right.
 */
export function applyGuards(
  items: readonly PlanItem[],
  guards: Guards,
  inScope: ReadonlyMap<string, number>,
): { readonly items: readonly PlanItem[]; readonly held: readonly HeldItem[] } {
  const policies = new Map<string, number>();
  const accounts = new Map<string, number>();
  const allowed: PlanItem[] = [];
  const held: HeldItem[] = [];
  for (const item of [...items].sort(byUrgency)) {
    const ofPolicy = policies.get(item.policy) ?? 0;
    const ofAccount = accounts.get(item.account) ?? 0;
    const scope = inScope.get(item.policy) ?? 0;
    const share = Math.max(PERCENT_FLOOR, Math.floor((scope * guards.percent) / 100));
    const reason =
      ofPolicy >= guards.per_policy
        ? `guard per_policy: ${guards.per_policy} items of ${item.policy} are planned already`
        : ofAccount >= guards.per_account
          ? `guard per_account: ${guards.per_account} items of account ${item.account} are planned already`
          : allowed.length >= guards.per_run
            ? `guard per_run: ${guards.per_run} items are planned already`
            : ofPolicy >= share
              ? `guard percent: ${share} of ${scope} resources in scope of ${item.policy} are planned already (${guards.percent} %)`
              : undefined;
    if (reason === undefined) {
      allowed.push(item);
      policies.set(item.policy, ofPolicy + 1);
      accounts.set(item.account, ofAccount + 1);
    } else held.push(heldItem(item, "capped", reason));
  }
  return { items: allowed, held };
}

function byUrgency(a: PlanItem, b: PlanItem): number {
  return SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] || byId(a, b);
}
