import type { JsonObject } from "./json.ts";
import type { PlanItem, PlannedCall } from "./plan.ts";

/** How an approved item ended: a closed list. Approved items = the sum of the outcomes, or the run fails. */
export const OUTCOMES = [
  "applied",
  "already_ok",
  "stale",
  "excepted",
  "policy_gone",
  "capped",
  "blocked",
  "denied",
  "failed",
  "verify_failed",
  "unknown",
  "undone",
  "not_started",
] as const;
export type OutcomeCode = (typeof OUTCOMES)[number];

/** A count for each outcome, all zero. */
export function noOutcomes(): Record<OutcomeCode, number> {
  return {
    applied: 0,
    already_ok: 0,
    stale: 0,
    excepted: 0,
    policy_gone: 0,
    capped: 0,
    blocked: 0,
    denied: 0,
    failed: 0,
    verify_failed: 0,
    unknown: 0,
    undone: 0,
    not_started: 0,
  };
}

export interface Outcome {
  readonly item: string;
  readonly outcome: OutcomeCode;
  readonly reason: string;
  readonly next: string;
  /** A line that the next step asks to add to the plan file, letter by letter. */
  readonly add?: string;
  readonly policy: string;
  readonly account: string;
  readonly region: string;
  readonly resource: string;
  /** For stale items: field -> what the plan saw and what is there now. */
  readonly drift?: JsonObject;
}

/** A destructive item that nobody confirmed by name. */
export function isUnconfirmed({ outcome, add }: Outcome): boolean {
  return outcome === "blocked" && add !== undefined;
}

/**
 * One line of the journal, append-only. `plan` is the plan's digest; `approval` says what made it run (`pull/12`, or "" for a person at a
 * terminal): the same plan may be approved again later, and that is another matter.
 */
export type JournalRecord =
  | {
      readonly record: "intent";
      readonly at: string;
      readonly run: string;
      readonly plan: string;
      readonly approval: string;
      readonly item: PlanItem;
    }
  | {
      /** Written after each call of an item, so that a killed run knows which were made. */
      readonly record: "step";
      readonly at: string;
      readonly run: string;
      readonly plan: string;
      readonly approval: string;
      readonly item: string;
      readonly step: string;
      readonly output: JsonObject;
      readonly request_id: string;
    }
  | {
      readonly record: "outcome";
      readonly at: string;
      readonly run: string;
      readonly plan: string;
      readonly approval: string;
      readonly item: string;
      readonly outcome: OutcomeCode;
      readonly reason: string;
      /** Set where the item was applied: hash of `covers` afterwards, and the undo with every binding resolved. */
      readonly after?: {
        readonly fingerprint: string;
        readonly fields: JsonObject;
        readonly undo: readonly PlannedCall[];
      };
    };
