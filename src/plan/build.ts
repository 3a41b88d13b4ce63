import { Bug } from "../errors.ts";
import { canonical } from "../json.ts";
import type { ScanResult } from "../scan/scan.ts";
import type { Guards } from "../types/catalogue.ts";
import type { HeldItem, Plan, PlanHeader, PlanItem } from "../types/plan.ts";
import type { Coverage, Finding } from "../types/scan.ts";
import { seconds } from "./calls.ts";
import { heldByException } from "./exceptions.ts";
import { itemHash } from "./file.ts";
import { applyGuards, SEVERITY_ORDER } from "./guards.ts";
import { byId, heldItem } from "./held.ts";
import { buildItem } from "./item.ts";

export interface PlanInput {
  readonly scan: ScanResult;
  readonly guards: Guards;
  readonly scope: string;
  readonly now: string;
  readonly ttl: string;
  readonly engine: string;
  readonly catalogue: string;
  readonly commit: string;
  /** What is not proposed yet, and why; it takes no place that a guard leaves. */
  readonly postponed?: Postponed;
}

/** Why an item that could be proposed is not, for now. */
export type Postponed = (item: PlanItem, finding: Finding) => Wait | undefined;

export interface Wait {
  readonly outcome: "snoozed" | "waiting";
  readonly reason: string;
}

/** Findings to plan: only a definite fail of a policy whose mode allows fixing, and which no exception covers, becomes an item. Same world, same policies: same bytes. */
export function buildPlan(input: PlanInput): Plan {
  const built: PlanItem[] = [];
  const held: HeldItem[] = [];
  for (const failing of input.scan.failing) {
    const { remediation } = failing.effective.policy;
    if (remediation === undefined || failing.effective.mode === "report") continue;
    const result = buildItem(failing, remediation, input.now);
    const { excepted } = failing.finding;
    if (excepted !== undefined) held.push(heldByException(result, excepted));
    else if ("held" in result) held.push(result.held);
    else {
      const wait = input.postponed?.(result.item, failing.finding);
      if (wait === undefined) built.push(result.item);
      else held.push(heldItem(result.item, wait.outcome, wait.reason));
    }
  }
  const inScope = new Map<string, number>();
  for (const { policy, status } of input.scan.findings) {
    if (status === "pass" || status === "fail") inScope.set(policy, (inScope.get(policy) ?? 0) + 1);
  }
  const guarded = applyGuards(withoutConflicts(built, held), input.guards, inScope);
  held.push(...guarded.held);
  return {
    header: headerOf("remediate", guarded.items, held, input, input.scan.coverage),
    items: [...guarded.items].sort(byId),
  };
}

export function headerOf(
  kind: PlanHeader["kind"],
  items: readonly PlanItem[],
  held: readonly HeldItem[],
  input: Pick<PlanInput, "scope" | "now" | "ttl" | "engine" | "catalogue" | "commit">,
  coverage: Coverage,
): PlanHeader {
  const { gaps, calls: _, ...counted } = coverage;
  const hashes = items.map(itemHash).sort();
  if (new Set(hashes).size !== hashes.length) throw new Bug("two items of a plan are the same");
  return {
    evenkeel_plan: 1,
    kind,
    scope: input.scope,
    expires: expiry(input.now, input.ttl),
    engine: input.engine,
    catalogue: input.catalogue,
    commit: input.commit,
    coverage: { ...counted, gaps: gaps.length },
    held: [...held].sort(byId),
    items: hashes,
  };
}

/** Some items of a plan, as a plan of its own. */
export function partOf(plan: Plan, scope: string, own: (item: PlanItem | HeldItem) => boolean): Plan {
  const items = plan.items.filter(own);
  const held = plan.header.held.filter(own);
  return { header: { ...plan.header, scope, held, items: items.map(itemHash).sort() }, items };
}

/** Counted from the start of the day (UTC), so that plans made on one day of one world are the same bytes. */
function expiry(now: string, ttl: string): string {
  const day = Date.parse(`${now.slice(0, 10)}T00:00:00.000Z`);
  return new Date(day + 86_400_000 + seconds(ttl) * 1000).toISOString();
}

/**
 * Two policies may want to change the same fields of one resource. The first (worse, then by ID) is planned; the other waits until
 * a later plan sees what the first one left, since its fingerprint would be stale by then anyway.
 */
function withoutConflicts(items: readonly PlanItem[], held: HeldItem[]): PlanItem[] {
  const taken = new Map<string, PlanItem[]>();
  const kept: PlanItem[] = [];
  for (const item of [...items].sort(worseFirst)) {
    const place = canonical([item.account, item.region, item.resource.type, item.resource.id]);
    const before = taken.get(place) ?? [];
    const other = before.find((earlier) => overlap(earlier, item));
    if (other === undefined) {
      taken.set(place, [...before, item]);
      kept.push(item);
      continue;
    }
    held.push(
      heldItem(item, "blocked", `${other.policy} changes the same resource first; the next plan takes this up`),
    );
  }
  return kept;
}

function overlap(a: PlanItem, b: PlanItem): boolean {
  if (a.deletes || b.deletes) return true;
  return a.covers.some((name) => b.fields.includes(name)) || b.covers.some((name) => a.fields.includes(name));
}

function worseFirst(a: PlanItem, b: PlanItem): number {
  return (
    SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
    (a.policy < b.policy ? -1 : a.policy > b.policy ? 1 : byId(a, b))
  );
}
