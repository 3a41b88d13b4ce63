import type { Failure } from "./classify.ts";
import type { Limits } from "./options.ts";

/** What becomes of a failed attempt. `renew`: with a new session, once. */
export type Decision =
  | { readonly next: "stop" }
  | { readonly next: "renew" }
  | { readonly next: "again"; readonly wait: number };

export interface Attempt {
  readonly mode: "read" | "write";
  /** How many have been made, this one included. */
  readonly count: number;
  readonly renewed: boolean;
  readonly failure: Failure;
}

// As the SDK's standard mode has them: throttles wait much longer than resets, and cost the budget less, as AWS is
// there and answers.
const BASE = { throttled: 1_000, transient: 50 } as const;
const COST = { throttled: 5, transient: 14 } as const;
const CAP = 20_000;
const CAPACITY = 500;

/**
 * Retries that one account, region and service may still make: where everything fails, hammering it stops after a few
 * dozen calls.
 */
export class RetryBudget {
  #left = CAPACITY;

  take(cost: number): boolean {
    if (cost > this.#left) return false;
    this.#left -= cost;
    return true;
  }

  /** A call went well: what its last retry had cost comes back, or a single token. */
  give(cost: number): void {
    this.#left = Math.min(CAPACITY, this.#left + Math.max(1, cost));
  }

  get left(): number {
    return this.#left;
  }
}

export function costOf(failure: Failure): number {
  return failure.kind === "throttled" ? COST.throttled : COST.transient;
}

/**
 * Reads are made again after anything that may pass. Writes only where AWS cannot have done them: throttled, refused
 * for an expired session, or never sent. `random` is from 0 up to but not including 1.
 */
export function decide(attempt: Attempt, limits: Limits, budget: RetryBudget, random: () => number): Decision {
  const { failure, mode, count } = attempt;
  if (renews(failure)) return attempt.renewed ? { next: "stop" } : { next: "renew" };
  if (!passes(failure)) return { next: "stop" };
  if (mode === "write" && failure.done !== "no") return { next: "stop" };
  const slow = failure.kind === "throttled";
  if (count >= (slow ? limits.throttledAttempts : limits.attempts)) return { next: "stop" };
  if (!budget.take(costOf(failure))) return { next: "stop" };
  // Full jitter: of a hundred calls that failed together no two come back together.
  const wait = random() * Math.min(CAP, (slow ? BASE.throttled : BASE.transient) * 2 ** (count - 1));
  return { next: "again", wait: Math.max(wait, failure.retryAfter ?? 0) };
}

function renews(failure: Failure): boolean {
  // The SDK corrects its clock by the date of the refusal; the next attempt is signed with the corrected one.
  return failure.kind === "expired" || failure.code === "RequestTimeTooSkewed" || failure.code === "RequestInTheFuture";
}

function passes(failure: Failure): boolean {
  return (
    failure.kind === "throttled" ||
    failure.kind === "server" ||
    failure.kind === "network" ||
    failure.kind === "timeout"
  );
}
