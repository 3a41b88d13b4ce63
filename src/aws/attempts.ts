import { plain } from "../text/plain.ts";
import type { RoleKind } from "../types/aws.ts";
import { classify, type Failure } from "./classify.ts";
import { type CallPlace, RemoteError } from "./errors.ts";
import type { Limiter } from "./limiter.ts";
import { rateOf } from "./limits-table.ts";
import type { Clock, Limits, Logger } from "./options.ts";
import { remedyFor } from "./remedy.ts";
import { costOf, decide, RetryBudget } from "./retry.ts";

/** A call as the retry loop sees it. */
export interface Target extends CallPlace {
  readonly mode: "read" | "write";
  /** On whose account the call is counted. */
  readonly by: RoleKind;
  /** Name of the role that calls, for the remedy. */
  readonly role: string;
  readonly iam: readonly string[];
  readonly paged: boolean;
  /**
   * The account whose limits the call draws from, where that is not the one it is about (AssumeRole draws from the
   * caller's).
   */
  readonly payer?: string;
  /** Takes the place of the usual remedy. */
  readonly remedy?: (failure: Failure) => string | undefined;
}

export interface Work<S> {
  /** What an attempt needs beforehand (a session). Made before a place is taken: it may have to make calls itself. */
  readonly prepare: () => Promise<S>;
  readonly attempt: (prepared: S) => Promise<object>;
  /** AWS says that what was prepared is no longer good. */
  readonly expired?: (prepared: S) => void;
}

export interface Attempts {
  /** Errors: RemoteError, and only that. */
  run<S>(target: Target, work: Work<S>): Promise<{ readonly raw: object; readonly attempts: number }>;
  /** Requests sent, repeated ones too, by `service:Operation`. */
  readonly requests: ReadonlyMap<string, number>;
  /** Calls made, each counted once however often it was repeated, by `service:Operation`. */
  readonly calls: Readonly<Record<RoleKind, ReadonlyMap<string, number>>>;
}

export interface AttemptsOptions {
  readonly limiter: Limiter;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly emulated: boolean;
}

/** The one loop in which every request is made: a place and a token, one attempt, and then what its end calls for. */
export function createAttempts(options: AttemptsOptions): Attempts {
  const budgets = new Map<string, RetryBudget>();
  const requests = new Map<string, number>();
  const calls = { read: new Map<string, number>(), remediate: new Map<string, number>() };

  function budgetOf(target: Target): RetryBudget {
    const key = `${target.payer ?? target.account}/${target.region}/${target.service}`;
    const known = budgets.get(key);
    if (known !== undefined) return known;
    const made = new RetryBudget();
    budgets.set(key, made);
    return made;
  }

  return {
    requests,
    calls,
    async run(target, work) {
      const name = `${target.service}:${target.operation}`;
      const rate = rateOf(target.service, target.operation, target.paged);
      const budget = budgetOf(target);
      let renewed = false;
      let spent = 0;
      for (let count = 1; ; count += 1) {
        const prepared = await work.prepare();
        const lease = await options.limiter.acquire(target.payer ?? target.account, target.region, rate);
        increment(requests, name);
        if (count === 1) increment(calls[target.by], name);
        let failure: Failure;
        try {
          const raw = await work.attempt(prepared);
          lease.release("other");
          budget.give(spent);
          return { raw, attempts: count };
        } catch (error) {
          failure = classify(target.service, error, options.clock.now(), options.emulated);
          lease.release(failure.kind === "throttled" ? "throttled" : "other");
        }
        const decision = decide({ mode: target.mode, count, renewed, failure }, options.limits, budget, options.random);
        if (decision.next === "stop") throw remoteError(target, failure, count);
        options.logger.debug(
          `${name} in ${target.account}/${target.region}: attempt ${count} ended with ${plain(failure.code, 80)}, trying again`,
        );
        if (decision.next === "renew") {
          renewed = true;
          work.expired?.(prepared);
        } else {
          spent = costOf(failure);
          // Outside the limiter: whoever waits holds no place.
          await options.clock.sleep(decision.wait);
        }
      }
    },
  };
}

function increment(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function remoteError(target: Target, failure: Failure, attempts: number): RemoteError {
  return new RemoteError({
    kind: failure.kind,
    service: target.service,
    operation: target.operation,
    account: target.account,
    region: target.region,
    code: failure.code,
    status: failure.status,
    attempts,
    requestId: failure.requestId,
    detail: failure.detail,
    remedy: target.remedy?.(failure) ?? remedyFor(failure, target),
    maybeDone: target.mode === "write" && failure.done === "maybe",
  });
}
