import type { Clock } from "../types/clock.ts";
import { classify, type Failure } from "./classify.ts";
import { GitHubError } from "./errors.ts";
import { remedyFor } from "./remedy.ts";

export interface GitHubLogger {
  debug(message: string): void;
  warn(message: string): void;
}

export interface RetryOptions {
  readonly clock: Clock;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
  readonly logger: GitHubLogger;
  readonly repository: string;
  /** Milliseconds that the client may wait in all; beyond it a run that asks again later is cheaper. */
  readonly patience: number;
  /** Called before each request that is sent. */
  readonly onRequest: () => void;
}

const ATTEMPTS = 4;
const BASE = 500;
const CAP = 10_000;

/** Objects that no ref leads to yet change nothing that anyone sees: making them twice is free. */
const HARMLESS: ReadonlySet<string> = new Set(["POST /git/trees", "POST /git/commits", "POST /git/blobs"]);

/**
 * Makes a request until it is answered, refused for good, or patience is at its end. Reads are repeated after anything that may pass; writes only
 * where GitHub cannot have done them (rate limits, refused connections). Errors: GitHubError.
 */
export function retrying(options: RetryOptions): <T>(operation: string, send: () => Promise<T>) => Promise<T> {
  let patience = options.patience;
  return async (operation, send) => {
    for (let attempt = 1; ; attempt++) {
      options.onRequest();
      try {
        return await send();
      } catch (error) {
        const failure = classify(error, options.clock.now());
        const wait = waitBefore(failure, operation, attempt, options.random);
        if (wait === undefined || wait > patience) throw errorOf(failure, operation, attempt, options.repository);
        patience -= wait;
        options.logger.debug(
          `GitHub: ${operation} ${failure.kind} (HTTP ${failure.status}); again in ${Math.round(wait)} ms`,
        );
        await options.clock.sleep(wait);
      }
    }
  };
}

/** Milliseconds until the next attempt; undefined where there is to be none. */
function waitBefore(failure: Failure, operation: string, attempt: number, random: () => number): number | undefined {
  if (attempt >= ATTEMPTS) return undefined;
  // What GitHub asked for, and a little more, so that runs that were limited together do not come back together.
  if (failure.kind === "throttled") return (failure.wait ?? 0) + random() * 1000;
  if (failure.kind !== "server" && failure.kind !== "network" && failure.kind !== "timeout") return undefined;
  const repeatable = operation.startsWith("GET ") || HARMLESS.has(operation) || failure.done === "no";
  return repeatable ? random() * Math.min(CAP, BASE * 2 ** (attempt - 1)) : undefined;
}

function errorOf(failure: Failure, operation: string, attempts: number, repository: string): GitHubError {
  const write = !operation.startsWith("GET ");
  return new GitHubError({
    kind: failure.kind,
    operation,
    status: failure.status,
    attempts,
    requestId: failure.requestId,
    detail: failure.detail,
    remedy: remedyFor(failure, operation, repository),
    maybeDone: write && failure.done === "maybe" && !HARMLESS.has(operation),
  });
}
