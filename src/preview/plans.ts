import type { EffectivePolicy } from "../catalogue/compiled.ts";
import type { Guards, Risk } from "../types/catalogue.ts";
import type { HeldItem, Plan, PlanItem } from "../types/plan.ts";
import { type GuardChange, guardChanges } from "./diff.ts";

/** A remediation that the head would use and the base did not. */
export interface NewRemediation {
  readonly id: string;
  readonly title: string;
  readonly risk: Risk;
  readonly impact: string;
  readonly cost: string;
  /** Why there is no undo, or what it does not restore. */
  readonly undo: string | undefined;
  readonly policies: readonly string[];
}

/** A guard that the pull request raises and whose higher value its own fixes would use. */
export interface GuardViolation extends GuardChange {
  /** Fixes that the base's value holds back. */
  readonly needs: number;
}

export interface PlanComparison {
  /** What the next report would propose. */
  readonly items: readonly PlanItem[];
  readonly held: readonly HeldItem[];
  /** IDs of those of `items` that the base would not propose. */
  readonly added: ReadonlySet<string>;
  /** Proposed by the base, and not any more. */
  readonly dropped: readonly PlanItem[];
  /** Raised guards, whether or not anything uses them. */
  readonly raised: readonly GuardChange[];
  readonly violations: readonly GuardViolation[];
}

export interface Planner {
  readonly guards: Guards;
  /** The plans of this side under these guards, one for each report group. */
  plans(guards: Guards): readonly Plan[];
}

/** What each side would propose; `base` is undefined where there is nothing to compare with. */
export function comparePlans(base: Planner | undefined, head: Planner | undefined): PlanComparison {
  const before = itemsOf(base?.plans(base.guards) ?? []);
  const plans = head?.plans(head.guards) ?? [];
  const items = itemsOf(plans);
  const ids = new Set(items.map(({ id }) => id));
  const known = new Set(before.map(({ id }) => id));
  const raised =
    base === undefined || head === undefined
      ? []
      : guardChanges(base.guards, head.guards).filter((change) => change.head > change.base);
  return {
    items,
    held: plans.flatMap(({ header }) => header.held),
    added: new Set(items.map(({ id }) => id).filter((id) => !known.has(id))),
    dropped: before.filter(({ id }) => !ids.has(id)),
    raised,
    violations: base === undefined || head === undefined ? [] : violations(base, head, raised, items),
  };
}

/**
 * A guard may be raised, and more fixes may be wanted, but not in one pull request: the number that would make a reviewer stop would be gone
 * in the very change that it is for. A pull request that wants no fix which the base's policies do not want as well may raise guards;
 * otherwise a guard that is at work already could never be raised at all.
 */
function violations(
  base: Planner,
  head: Planner,
  raised: readonly GuardChange[],
  items: readonly PlanItem[],
): GuardViolation[] {
  if (raised.length === 0) return [];
  const wanted = new Set(itemsOf(base.plans(UNGUARDED)).map(({ id }) => id));
  if (itemsOf(head.plans(UNGUARDED)).every(({ id }) => wanted.has(id))) return [];
  const lacking = (guards: Guards): number => {
    const allowed = new Set(itemsOf(head.plans(guards)).map(({ id }) => id));
    return items.filter(({ id }) => !allowed.has(id)).length;
  };
  const found = raised
    .map((change) => ({ ...change, needs: lacking({ ...head.guards, [change.guard]: change.base }) }))
    .filter(({ needs }) => needs > 0);
  if (found.length > 0) return found;
  // Each alone may be without effect where another holds the same items back.
  const old: Guards = { ...head.guards, ...Object.fromEntries(raised.map((change) => [change.guard, change.base])) };
  const needs = lacking(old);
  return needs === 0 ? [] : raised.map((change) => ({ ...change, needs }));
}

const UNGUARDED: Guards = {
  per_policy: Number.MAX_SAFE_INTEGER,
  per_account: Number.MAX_SAFE_INTEGER,
  per_run: Number.MAX_SAFE_INTEGER,
  percent: 100,
};

function itemsOf(plans: readonly Plan[]): PlanItem[] {
  return plans.flatMap(({ items }) => items);
}

/** Remediations in use on the head and not on the base, sorted by ID: told from the files, whether or not anything fails. */
export function newRemediations(base: readonly EffectivePolicy[], head: readonly EffectivePolicy[]): NewRemediation[] {
  const used = (runs: readonly EffectivePolicy[]) =>
    Map.groupBy(
      runs.filter(({ policy, mode }) => policy.remediation !== undefined && mode !== "report"),
      ({ policy }) => policy.remediation?.file.id ?? "",
    );
  const before = used(base);
  return [...used(head)]
    .filter(([id]) => !before.has(id))
    .flatMap(([id, runs]): NewRemediation[] => {
      const file = runs[0]?.policy.remediation?.file;
      if (file === undefined) return [];
      const { title, risk, impact, cost } = file;
      const policies = [...new Set(runs.map(({ policy }) => policy.file.id))].sort();
      return [{ id, title, risk, impact, cost, undo: file.irreversible ?? file.undo_note, policies }];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
