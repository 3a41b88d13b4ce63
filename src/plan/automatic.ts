import type { EffectivePolicy } from "../catalogue/compiled.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { Plan, PlanItem } from "../types/plan.ts";
import type { Coverage } from "../types/scan.ts";
import { itemHash } from "./file.ts";
import { applications, COOL_DOWN_MS, heldUntil, isFlapping, takenBack } from "./flap.ts";

/** More newly failing than this, or than this share of what is in scope, looks like a mistake in a policy or in AWS's answers. */
const SURGE_ITEMS = 10;
const SURGE_SHARE = 0.05;

export interface AutomaticInput {
  readonly plan: Plan;
  readonly policies: readonly EffectivePolicy[];
  /** The plan on the open report's branch: what the scan before this one saw. */
  readonly reported: Plan | undefined;
  readonly records: readonly JournalRecord[];
  readonly coverage: Coverage;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** An item of an automatic policy that is left to the report, and why. */
export interface LeftItem {
  readonly item: PlanItem;
  readonly reason: string;
  /** Fixed twice within a week and failing again: somebody undoes it, and is to be named. */
  readonly flapping?: true;
}

export interface Automatic {
  /** Items that run by their policies' standing approval. */
  readonly items: readonly PlanItem[];
  /** Items of automatic policies that do not, and why; they stay in the report. */
  readonly held: readonly LeftItem[];
}

/**
 * Which items a standing approval (`mode: automatic`) lets run now. Whatever breaks a rule is left to the report, where a person decides; nothing
 * is dropped.
 */
export function automaticItems(input: AutomaticInput): Automatic {
  const wanted = automaticOnly(input.plan.items, input.policies);
  const seen = new Set((input.reported?.items ?? []).map(itemHash));
  const fresh = wanted.filter((item) => !seen.has(itemHash(item))).length;
  const inScope = input.coverage.findings.pass + input.coverage.findings.fail;
  const surge = fresh > Math.max(SURGE_ITEMS, Math.floor(inScope * SURGE_SHARE));
  const items: PlanItem[] = [];
  const held: LeftItem[] = [];
  const rules = standingRules(input);
  for (const item of wanted) {
    const left = surge
      ? { item, reason: `${fresh} resources fail newly at once; so many are for a person to look at` }
      : (rules.before(item) ?? unseen(item, seen) ?? rules.after(item));
    if (left === undefined) items.push(item);
    else held.push(left);
  }
  return { items, held };
}

/**
 * Of the items that a report proposes, those of automatic policies that the next automatic run will leave to people, as far as can be told by now: what
 * two scans must agree on, and how many fail newly at once, that run knows alone.
 */
export function leftToReport(
  items: readonly PlanItem[],
  input: Pick<AutomaticInput, "policies" | "records" | "coverage" | "now">,
): readonly LeftItem[] {
  const rules = standingRules(input);
  return automaticOnly(items, input.policies).flatMap((item) => rules.before(item) ?? rules.after(item) ?? []);
}

/** What a standing approval does not cover, in the order in which it is told: about the item and the scan, then about what was done before. */
function standingRules({ records, coverage, now }: Pick<AutomaticInput, "records" | "coverage" | "now">) {
  const applied = applications(records);
  const undone = takenBack(records);
  const before = (item: PlanItem): string | undefined => {
    if (item.risk === "destructive" || item.deletes) return "what deletes or destroys never runs by itself";
    if (item.undo.length === 0) return "what cannot be taken back never runs by itself";
    return coverage.gaps.some(({ account }) => account === item.account)
      ? `something in account ${item.account} could not be read, so the scan is not the whole picture`
      : undefined;
  };
  return {
    before(item: PlanItem): LeftItem | undefined {
      const reason = before(item);
      return reason === undefined ? undefined : { item, reason };
    },
    after(item: PlanItem): LeftItem | undefined {
      const times = applied.get(item.id) ?? [];
      if (isFlapping(times, now)) {
        const reason = "it was fixed twice within a week and fails again: somebody or something undoes it";
        return { item, reason, flapping: true };
      }
      if (times.some((at) => now - at <= COOL_DOWN_MS)) return { item, reason: "it was fixed less than a day ago" };
      const last = undone.get(item.id);
      return last !== undefined && now < heldUntil(last)
        ? { item, reason: "it was taken back less than a week ago" }
        : undefined;
    },
  };
}

function unseen(item: PlanItem, seen: ReadonlySet<string>): LeftItem | undefined {
  return seen.has(itemHash(item))
    ? undefined
    : { item, reason: "two scans must agree: the report before this one did not have it" };
}

function automaticOnly(items: readonly PlanItem[], policies: readonly EffectivePolicy[]): readonly PlanItem[] {
  return items.filter((item) => modeOf(item, policies) === "automatic");
}

function modeOf(item: PlanItem, policies: readonly EffectivePolicy[]): string | undefined {
  return policies.find(({ policy, account }) => policy.file.id === item.policy && account.id === item.account)?.mode;
}
