import { expect, test } from "vitest";
import { approvedPlans } from "../../src/commands/approved-plans.ts";
import type { Published } from "../../src/commands/report-publish.ts";
import type { GitHub } from "../../src/github/client.ts";
import { runnerContext } from "../../src/github/context.ts";
import { publishReport } from "../../src/github/report.ts";
import { planDigest, readPlan } from "../../src/plan/file.ts";
import { type JournalRecord, noOutcomes, type OutcomeCode } from "../../src/types/outcome.ts";
import { BRANCH, connect, item, NOW, PATH, planOf, reportOf } from "../github/client-under-test.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";

assertCleanAfterEach();
const HOUR = 3_600_000;
const PLACE = { branch: BRANCH, path: PATH };

/** A report with two items, merged on 1 March; `at`: the hours that have passed since the client's own time began. */
async function merged() {
  const { github, repo } = await start();
  const { client } = await connect(github);
  await publishReport(client, reportOf([item(1), item(2)]));
  repo.merge(1, { actor: "bob", method: "squash" });
  const later = (hours: number): GitHub => ({
    ...client,
    calls: 0,
    clock: { ...client.clock, now: () => NOW + hours * HOUR },
  });
  const look = async (hours: number, records: readonly JournalRecord[] = [], items = [item(1), item(2)]) => {
    const result = await publishReport(
      later(hours),
      reportOf(items, { expires: new Date(NOW + (hours + 99) * HOUR).toISOString() }),
    );
    const published: Published = { plan: planOf(items), held: [], place: PLACE, result };
    const from = github.log.length;
    const found = await approvedPlans({ github: later(hours), context: await context() }, [published], records);
    return { state: found.get("all"), calls: github.log.length - from, pull: result.pullRequest?.number };
  };
  const digest = planDigest(readPlan(PATH, repo.file("main", PATH) ?? "").header);
  const outcome = (n: number, code: OutcomeCode): JournalRecord => ({
    record: "outcome",
    at: "2026-03-02T00:00:00Z",
    run: "1",
    plan: digest,
    approval: "commit/1",
    item: item(n).id,
    outcome: code,
    reason: "",
  });
  return { look, outcome };
}

function context() {
  const env = {
    GITHUB_REPOSITORY: "acme/policies",
    GITHUB_SHA: "a".repeat(40),
    GITHUB_REF: "refs/heads/main",
    GITHUB_EVENT_NAME: "schedule",
    GITHUB_RUN_ID: "1",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_API_URL: "https://api.github.com",
    GITHUB_EVENT_PATH: "event",
  };
  return runnerContext(env, async () => "{}");
}

test("merged and not done: since when, by which pull request, by two calls; overdue after three days", async () => {
  const { look } = await merged();
  const { state, calls, pull } = await look(0);
  expect(pull).toBeUndefined();
  expect(state).toMatchObject({ items: 2, since: expect.stringMatching(/^2026-03-01T06:/), pullRequest: 1 });
  expect(state).toMatchObject({ expired: false, overdue: false, tried: noOutcomes() });
  expect(calls).toBe(2);
  expect((await look(53)).state).toMatchObject({ overdue: false });
  expect((await look(56)).state).toMatchObject({ overdue: true, expired: false });
});

test("items that came to an end are not waited for; those that failed are, and say so", async () => {
  const { look, outcome } = await merged();
  const half = await look(1, [outcome(1, "applied"), outcome(2, "failed"), outcome(2, "denied")]);
  expect(half.state).toMatchObject({ items: 1, tried: { ...noOutcomes(), denied: 1 } });
  const done = await look(2, [outcome(1, "applied"), outcome(2, "stale")]);
  expect([done.state, done.calls]).toEqual([undefined, 0]);
});

test("expired: told while it is still wanted, with the pull request that proposes it anew", async () => {
  const { look } = await merged();
  const late = await look(200);
  expect(late.pull).toBe(2);
  expect(late.state).toMatchObject({ items: 2, expired: true, pullRequest: 1 });
  expect((await look(201, [], [item(2)])).state).toMatchObject({ items: 1, expired: true });
  expect((await look(202, [], [item(3)])).state).toBeUndefined();
});
