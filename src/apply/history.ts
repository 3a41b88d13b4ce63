import type { JsonObject } from "../types/json.ts";
import type { JournalRecord, OutcomeCode } from "../types/outcome.ts";

/** What the journal tells of one item of one plan. */
export interface ItemHistory {
  /** An intent was written and no outcome after it: the run was killed in between. */
  readonly open: boolean;
  /** Outputs of the steps that were made since that intent. */
  readonly steps: ReadonlyMap<string, JsonObject>;
  /** The last outcome, and the run that wrote it. */
  readonly last: { readonly outcome: OutcomeCode; readonly run: string } | undefined;
}

/** Outcomes after which an item of a plan is never taken up again: an approval is used once. */
const FINISHED: ReadonlySet<OutcomeCode> = new Set(["applied", "undone"]);

export function finished(history: ItemHistory): boolean {
  return history.last !== undefined && FINISHED.has(history.last.outcome);
}

export function historyOf(records: readonly JournalRecord[], plan: string): ReadonlyMap<string, ItemHistory> {
  const items = new Map<string, { open: boolean; steps: Map<string, JsonObject>; last: ItemHistory["last"] }>();
  for (const record of records) {
    if (record.plan !== plan) continue;
    const id = record.record === "intent" ? record.item.id : record.item;
    const known = items.get(id) ?? { open: false, steps: new Map<string, JsonObject>(), last: undefined };
    items.set(id, known);
    if (record.record === "intent") {
      // A second intent after a killed run keeps the steps: what was made stays made.
      known.open = true;
    } else if (record.record === "step") {
      known.steps.set(record.step, record.output);
    } else {
      known.open = false;
      known.last = { outcome: record.outcome, run: record.run };
      // The next try starts anew; a step that must not be made twice says `reuse`.
      known.steps.clear();
    }
  }
  return items;
}
