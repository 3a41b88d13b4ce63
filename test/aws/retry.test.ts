import { expect, test } from "vitest";
import type { Failure } from "../../src/aws/classify.ts";
import { LIMITS } from "../../src/aws/options.ts";
import { costOf, decide, RetryBudget } from "../../src/aws/retry.ts";

const failure = (over: Partial<Failure>): Failure => ({
  kind: "server",
  code: "InternalError",
  status: 500,
  requestId: "",
  detail: "",
  done: "maybe",
  retryAfter: undefined,
  ...over,
});
const throttle = failure({ kind: "throttled", code: "Throttling", status: 400, done: "no" });

function next(mode: "read" | "write", over: Failure, count = 1, renewed = false): string {
  return decide({ mode, count, renewed, failure: over }, LIMITS, new RetryBudget(), () => 0.5).next;
}

test.each([
  ["throttled", throttle, "again", "again"],
  ["refused connection", failure({ kind: "network", status: 0, done: "no" }), "again", "again"],
  ["reset", failure({ kind: "network", status: 0 }), "again", "stop"],
  ["timeout", failure({ kind: "timeout", status: 0 }), "again", "stop"],
  ["server error", failure({}), "again", "stop"],
  ["expired", failure({ kind: "expired", status: 403, done: "no" }), "renew", "renew"],
  ["clock", failure({ kind: "credentials", code: "RequestTimeTooSkewed", done: "no" }), "renew", "renew"],
  ["denied", failure({ kind: "denied", status: 403, done: "no" }), "stop", "stop"],
  ["invalid", failure({ kind: "invalid", status: 400, done: "no" }), "stop", "stop"],
  ["not there", failure({ kind: "not_found", status: 404, done: "no" }), "stop", "stop"],
  ["unsupported", failure({ kind: "unsupported" }), "stop", "stop"],
  ["bad key", failure({ kind: "credentials", code: "InvalidClientTokenId", done: "no" }), "stop", "stop"],
])("%s: what a read and a write do", (_, given, read, write) => {
  expect(next("read", given)).toBe(read);
  expect(next("write", given)).toBe(write);
});

test("a session is renewed once, not for ever", () => {
  expect(next("read", failure({ kind: "expired" }), 2, true)).toBe("stop");
});

test("attempts end, later for throttles than for errors", () => {
  expect(next("read", failure({}), LIMITS.attempts - 1)).toBe("again");
  expect(next("read", failure({}), LIMITS.attempts)).toBe("stop");
  expect(next("read", throttle, LIMITS.attempts)).toBe("again");
  expect(next("read", throttle, LIMITS.throttledAttempts)).toBe("stop");
});

test("waits grow with full jitter, throttles' much longer, and an answer's own wish is kept", () => {
  const wait = (given: Failure, count: number, random: number) => {
    const decision = decide(
      { mode: "read", count, renewed: false, failure: given },
      LIMITS,
      new RetryBudget(),
      () => random,
    );
    return decision.next === "again" ? decision.wait : Number.NaN;
  };
  expect(wait(failure({}), 1, 0.5)).toBe(25);
  expect(wait(failure({}), 3, 0.5)).toBe(100);
  expect(wait(throttle, 1, 0.5)).toBe(500);
  expect(wait(throttle, 7, 0.5)).toBe(10_000);
  expect(wait(throttle, 1, 0)).toBe(0);
  expect(wait({ ...throttle, retryAfter: 7_000 }, 1, 0.5)).toBe(7_000);
});

test("where everything fails, the budget ends it: a hundred calls make few more requests than a hundred", () => {
  const budget = new RetryBudget();
  let repeats = 0;
  for (let call = 0; call < 100; call += 1) {
    for (let count = 1; ; count += 1) {
      const decision = decide({ mode: "read", count, renewed: false, failure: failure({}) }, LIMITS, budget, () => 0);
      if (decision.next === "stop") break;
      repeats += 1;
    }
  }
  expect(repeats).toBe(35);
  expect(budget.left).toBeLessThan(14);
  for (let i = 0; i < 14; i += 1) budget.give(0);
  expect(budget.left).toBeGreaterThanOrEqual(14);
});

test("a retry that helped is paid back", () => {
  const budget = new RetryBudget();
  budget.take(costOf(throttle));
  expect(budget.left).toBe(495);
  budget.give(costOf(throttle));
  expect(budget.left).toBe(500);
  budget.give(100);
  expect(budget.left).toBe(500);
});
