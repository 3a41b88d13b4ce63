import type { JournalRecord } from "../types/outcome.ts";
import type { PlanItem } from "../types/plan.ts";

/** What goes back and forth between fixed and taken back is for people to talk about, not to be proposed over and over. */

const HOUR_MS = 3_600_000;
/** So long an item that was taken back is not proposed again, and so far back two fixes count as a flapping. */
export const FLAP_MS = 7 * 24 * HOUR_MS;
/** A resource that was fixed by itself is left alone for a day. */
export const COOL_DOWN_MS = 24 * HOUR_MS;
/** Who is fixed twice in a week and fails again is undone by somebody: a person has to talk to them. */
const FLAPS = 2;

/** The last time an item was taken back. */
export interface TakenBack {
  /** ISO 8601. */
  readonly at: string;
  /** Digest of the undo plan. */
  readonly plan: string;
  /** What made the undo run, as the journal names it. */
  readonly approval: string;
}

/** As `Postponed` (plan/build.ts) has it, of items from wherever they come. */
export interface Waiting {
  readonly outcome: "waiting";
  readonly reason: string;
}

/** By the ID of the item that was taken back (not of the one that did it): its last undo, however long ago. */
export function takenBack(records: readonly JournalRecord[]): ReadonlyMap<string, TakenBack> {
  const undoes = new Map<string, string>();
  const last = new Map<string, TakenBack>();
  for (const record of records) {
    if (record.record === "intent") {
      if (record.item.undoes !== undefined) undoes.set(`${record.plan} ${record.item.id}`, record.item.undoes);
    } else if (record.record === "outcome" && record.outcome === "undone") {
      const { at, plan, approval } = record;
      const item = undoes.get(`${plan} ${record.item}`);
      const known = item === undefined ? undefined : last.get(item);
      if (item !== undefined && !(known !== undefined && Date.parse(known.at) > Date.parse(at)))
        last.set(item, { at, plan, approval });
    }
  }
  return last;
}

/**
 * Until when (milliseconds since 1970) what was taken back is left alone: seven days, up to the next full hour, so that what one plan took back comes
 * back together.
 */
export function heldUntil({ at }: TakenBack): number {
  return Math.ceil((Date.parse(at) + FLAP_MS) / HOUR_MS) * HOUR_MS;
}

/** When each item was applied, oldest first; milliseconds since 1970. An undo is none. */
export function applications(records: readonly JournalRecord[]): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const record of records) {
    if (record.record !== "outcome" || record.outcome !== "applied") continue;
    times.set(record.item, [...(times.get(record.item) ?? []), Date.parse(record.at)]);
  }
  return times;
}

/** Whether an item with these applications is undone by somebody, should it fail again at `now`. */
export function isFlapping(applied: readonly number[], now: number): boolean {
  return applied.filter((at) => now - at <= FLAP_MS).length >= FLAPS;
}

/**
 * What a report does not propose, so that fix and undo do not chase each other: what was taken back within seven days, and what an undo plan still waits
 * to take back (`pending`: item ID -> where that plan stands, in words). Of every severity: a person decided about this very item, and it still
 * counts as failing.
 */
export function heldAfterUndo(
  records: readonly JournalRecord[],
  now: number,
  pending: ReadonlyMap<string, string> = new Map(),
): (item: Pick<PlanItem, "id">) => Waiting | undefined {
  const undone = takenBack(records);
  return ({ id }) => {
    const last = undone.get(id);
    if (last !== undefined && now < heldUntil(last)) {
      return {
        outcome: "waiting",
        reason:
          `taken back on ${last.at.slice(0, 10)} by undo plan ${last.plan.slice(0, 12)} (${approvalWords(last.approval)}); ` +
          `proposed again from ${minutes(heldUntil(last))}`,
      };
    }
    const where = pending.get(id);
    return where === undefined
      ? undefined
      : { outcome: "waiting", reason: `${where} takes it back; not proposed until that is settled` };
  };
}

/** `approved by commit abcdef012345`. */
export function approvalWords(approval: string): string {
  if (approval === "") return "by a person at a terminal";
  const commit = /^commit\/([0-9a-f]{7,64})$/.exec(approval)?.[1];
  return `approved by ${commit === undefined ? approval : `commit ${commit.slice(0, 12)}`}`;
}

/** `2026-03-14 13:00 UTC`. */
function minutes(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
