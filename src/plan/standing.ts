import type { JournalRecord } from "../types/outcome.ts";
import type { PlanItem } from "../types/plan.ts";

/** What the journal tells of standing approvals: what they did lately, and which policies have earned one. */

const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;
/** A policy is told as fit for a standing approval after so many approved fixes in this time, in at least two approvals, none of them taken back. */
const TRIAL_MS = 60 * DAY_MS;
const TRIAL_FIXES = 20;
const TRIAL_APPROVALS = 2;

/** What ran by the standing approval of one policy within the last seven days. */
export interface StandingWeek {
  readonly policy: string;
  readonly applied: number;
  /** Whose change a standing approval had made, and which was taken back in these days. */
  readonly undone: number;
  /** Tried, and neither applied nor found in order. */
  readonly failed: number;
}

/** How the journal names a standing approval. */
export function isStanding(approval: string): boolean {
  return approval.startsWith("policies at ");
}

/** By policy, of those of which there is something to tell; sorted by ID. `now`: milliseconds since 1970. */
export function standingWeek(records: readonly JournalRecord[], now: number): readonly StandingWeek[] {
  const weeks = new Map<string, { applied: number; undone: number; failed: number }>();
  for (const { item, outcome, at, standing } of outcomesOf(records)) {
    if (!standing || now - Date.parse(at) > WEEK_MS) continue;
    const week = weeks.get(item.policy) ?? { applied: 0, undone: 0, failed: 0 };
    weeks.set(item.policy, week);
    if (outcome === "applied") week.applied += 1;
    else if (outcome === "undone") week.undone += 1;
    else if (outcome !== "already_ok" && outcome !== "policy_gone" && outcome !== "excepted") week.failed += 1;
  }
  return [...weeks]
    .map(([policy, week]) => ({ policy, ...week }))
    .filter(({ applied, undone, failed }) => applied + undone + failed > 0)
    .sort((a, b) => (a.policy < b.policy ? -1 : 1));
}

/** A policy whose fixes people approved again and again, and never took back. */
export interface Eligible {
  readonly policy: string;
  readonly fixes: number;
  readonly days: number;
}

/**
 * Policies of which `asks` says that people approve them, and whose fixes went well for two months: a suggestion, never a promotion. Only what can be
 * taken back whole and destroys nothing. Sorted by ID.
 */
export function eligible(
  records: readonly JournalRecord[],
  now: number,
  asks: (policy: string) => boolean,
): readonly Eligible[] {
  const trials = new Map<string, { fixes: number; spoilt: boolean; approvals: Set<string> }>();
  for (const { item, outcome, at, approval, standing } of outcomesOf(records)) {
    if (now - Date.parse(at) > TRIAL_MS || !asks(item.policy)) continue;
    const trial = trials.get(item.policy) ?? { fixes: 0, spoilt: false, approvals: new Set<string>() };
    trials.set(item.policy, trial);
    const fits = item.risk !== "destructive" && !item.deletes && (item.undoes !== undefined || item.undo.length > 0);
    if (outcome === "undone" || outcome === "verify_failed" || outcome === "failed" || !fits) trial.spoilt = true;
    if (outcome !== "applied" || standing || approval === "") continue;
    trial.fixes += 1;
    trial.approvals.add(approval);
  }
  return [...trials]
    .filter(([, { fixes, spoilt, approvals }]) => {
      return !spoilt && fixes >= TRIAL_FIXES && approvals.size >= TRIAL_APPROVALS;
    })
    .map(([policy, { fixes }]) => ({ policy, fixes, days: TRIAL_MS / DAY_MS }))
    .sort((a, b) => (a.policy < b.policy ? -1 : 1));
}

interface Told {
  readonly item: PlanItem;
  readonly outcome: Extract<JournalRecord, { record: "outcome" }>["outcome"];
  readonly at: string;
  readonly approval: string;
  /** A standing approval made the change; of an undo: the change that it took back. */
  readonly standing: boolean;
}

function outcomesOf(records: readonly JournalRecord[]): readonly Told[] {
  const intents = new Map<string, PlanItem>();
  const made = new Map<string, boolean>();
  const told: Told[] = [];
  for (const record of records) {
    if (record.record === "intent") intents.set(`${record.plan} ${record.item.id}`, record.item);
    if (record.record !== "outcome") continue;
    const { outcome, at, approval } = record;
    const item = intents.get(`${record.plan} ${record.item}`);
    if (item === undefined) continue;
    if (outcome === "applied") made.set(item.id, isStanding(approval));
    const standing = item.undoes === undefined ? isStanding(approval) : made.get(item.undoes) === true;
    told.push({ item, outcome, at, approval, standing });
  }
  return told;
}
