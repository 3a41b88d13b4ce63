import type { JsonObject } from "../types/json.ts";
import type { JournalRecord, OutcomeCode } from "../types/outcome.ts";

/** What the journal tells of one item of one plan. */
export interface ItemHistory {
  /** An intent was written a short time ago and no outcome after it: the run was killed in between, and is to be finished. */
  readonly open: boolean;
  /** When that run wrote the intent, ISO 8601. */
  readonly since: string | undefined;
  /** Outputs of the steps that were made since that intent, as far as the journal got them. */
  readonly steps: ReadonlyMap<string, JsonObject>;
  /**
   * The same of a run that was killed whenever: what it made is not gone on with, but where the item turns out to be done, its undo is made of this.
   */
  readonly cutOff: { readonly since: string; readonly steps: ReadonlyMap<string, JsonObject> } | undefined;
  /** The last outcome, and the run that wrote it. */
  readonly last: { readonly outcome: OutcomeCode; readonly run: string } | undefined;
}

/** Of an item that the journal has never heard of. */
export const NEW: ItemHistory = { open: false, since: undefined, steps: new Map(), cutOff: undefined, last: undefined };

/** Outcomes after which an approval of the item is used up. */
const FINISHED: ReadonlySet<OutcomeCode> = new Set(["applied", "undone"]);

export function finished(history: ItemHistory): boolean {
  return history.last !== undefined && FINISHED.has(history.last.outcome);
}

/** Outcomes that another run of the same approval could not better. */
const ENDS: ReadonlySet<OutcomeCode> = new Set([...FINISHED, "already_ok", "stale", "policy_gone"]);

export function isEnd(outcome: OutcomeCode | undefined): boolean {
  return outcome !== undefined && ENDS.has(outcome);
}

/**
 * A killed run is finished only while what it made is fresh. Later its steps count for nothing: a snapshot of last week is no
 * reason to delete a volume today, nor is one of this morning.
 */
export const FRESH_MS = 15 * 60_000;

export function historyOf(
  records: readonly JournalRecord[],
  key: { readonly plan: string; readonly approval: string },
  now: number,
): ReadonlyMap<string, ItemHistory> {
  const items = new Map<
    string,
    { since: string | undefined; steps: Map<string, JsonObject>; last: ItemHistory["last"] }
  >();
  for (const record of records) {
    if (record.plan !== key.plan || record.approval !== key.approval) continue;
    const id = record.record === "intent" ? record.item.id : record.item;
    const known = items.get(id) ?? { since: undefined, steps: new Map<string, JsonObject>(), last: undefined };
    items.set(id, known);
    if (record.record === "intent") {
      // A second intent after a killed run keeps the steps: what was made stays made, unless that run found them too old, and began anew.
      if (known.since === undefined || !isFresh(known.since, Date.parse(record.at))) {
        known.since = record.at;
        known.steps.clear();
      }
    } else if (record.record === "step") {
      known.steps.set(record.step, record.output);
    } else {
      known.since = undefined;
      known.last = { outcome: record.outcome, run: record.run };
      // The next try starts anew; a step that must not be made twice says `reuse`.
      known.steps.clear();
    }
  }
  return new Map(
    [...items].map(([id, { since, steps, last }]) => {
      const cutOff = since === undefined ? undefined : { since, steps };
      const open = since !== undefined && isFresh(since, now);
      return [id, { open, since: open ? since : undefined, steps: open ? steps : new Map(), cutOff, last }];
    }),
  );
}

function isFresh(since: string, now: number): boolean {
  return now - Date.parse(since) <= FRESH_MS;
}

/**
 * Whether everything that a plan proposes came to an end before, under whatever approval: it was applied, or no run takes it up any more. What it
 * proposes has come back since, and what was approved then approves nothing now.
 */
export function usedUp(records: readonly JournalRecord[], plan: string, items: readonly string[]): boolean {
  const done = new Set<string>();
  for (const record of records) {
    if (record.record === "outcome" && record.plan === plan && ENDS.has(record.outcome)) done.add(record.item);
  }
  return items.length > 0 && items.every((id) => done.has(id));
}
