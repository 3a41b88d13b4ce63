import type { JournalRecord } from "../types/outcome.ts";
import type { PlanItem } from "../types/plan.ts";

/** A change that was made and that nothing in the journal took back. */
export interface Application {
  readonly item: PlanItem;
  /** Digest of the plan it was an item of. */
  readonly plan: string;
  readonly approval: string;
  /** ISO 8601; when it was applied. */
  readonly at: string;
}

/**
 * What still stands of all that was applied: of each item its last application, unless that was taken back. An undo takes back the state it was made
 * for, known by its fingerprint; what could not be verified was changed all the same.
 */
export function standingApplications(records: readonly JournalRecord[]): readonly Application[] {
  const intents = new Map<string, PlanItem>();
  const standing = new Map<string, Application & { readonly fingerprint: string }>();
  for (const record of records) {
    if (record.record === "intent") intents.set(`${record.plan} ${record.item.id}`, record.item);
    if (record.record !== "outcome") continue;
    const { plan, approval, at, outcome, after } = record;
    const item = intents.get(`${plan} ${record.item}`);
    if (item === undefined) continue;
    if (item.undoes === undefined && (outcome === "applied" || outcome === "verify_failed")) {
      standing.set(item.id, { item, plan, approval, at, fingerprint: after?.fingerprint ?? "" });
    } else if (item.undoes !== undefined && outcome === "undone") {
      if (standing.get(item.undoes)?.fingerprint === item.fingerprint) standing.delete(item.undoes);
    }
  }
  return [...standing.values()].map(({ fingerprint: _, ...application }) => application);
}
