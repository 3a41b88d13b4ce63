import { expect, test } from "vitest";
import { GitHubError } from "../../src/github/errors.ts";
import { publishReport } from "../../src/github/report.ts";
import type { FaultEffect } from "../support/github/faults.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { BRANCH, connect, during, item, PATH, reportOf } from "./client-under-test.ts";

assertCleanAfterEach();

const strikes: readonly [string, FaultEffect][] = [
  ["reset before", { reset: true }],
  ["502 before", { status: 502, body: { message: "Server Error" } }],
  ["reset after", { afterWrite: "reset" }],
  ["502 after", { afterWrite: { status: 502, body: { message: "Server Error" } } }],
];
const steps = ["git/create-tree", "git/create-commit", "git/create-ref", "checks/create", "pulls/create"];
test.each(steps.flatMap((route) => strikes.map(([name, effect]) => [route, name, effect] as const)))(
  "%s, %s: run again, one branch, one commit and one pull request",
  async (route, _, effect) => {
    const { github, repo } = await start();
    const report = reportOf([item(1)]);
    const fault = github.fault({ route }, effect);
    const first = await connect(github);
    const failed = await publishReport(first.client, report).catch((error: unknown) => error);
    expect(fault.hits).toBe(1);
    if (failed instanceof Error) expect(failed).toBeInstanceOf(GitHubError);
    const second = await connect(github);
    expect(await publishReport(second.client, report)).toMatchObject({ pullRequest: { number: 1 } });
    expect(repo.history(BRANCH)).toHaveLength(2);
    expect(repo.file(BRANCH, PATH)).toBe(report.plan);
    expect(repo.pulls("all")).toHaveLength(1);
    expect(repo.checks(BRANCH)).toMatchObject([{ name: "evenkeel/preview", conclusion: "success" }]);
    const third = await during(github, () => publishReport(second.client, report));
    expect(third.result).toMatchObject({ action: "unchanged", pushed: false });
  },
);

const laterSteps = ["git/update-ref", "checks/create", "pulls/update"];
test.each(laterSteps.flatMap((route) => strikes.map(([name, effect]) => [route, name, effect] as const)))(
  "%s on an open report, %s: run again",
  async (route, _, effect) => {
    const { github, repo } = await start();
    const { client } = await connect(github);
    await publishReport(client, reportOf([item(1)]));
    const fault = github.fault({ route }, effect);
    const next = reportOf([item(1), item(2)]);
    await publishReport(client, next).catch((error: unknown) => expect(error).toBeInstanceOf(GitHubError));
    expect(fault.hits).toBe(1);
    await publishReport(client, next);
    expect(repo.history(BRANCH)).toHaveLength(3);
    expect(repo.file(BRANCH, PATH)).toBe(next.plan);
    expect(repo.pulls("all")).toMatchObject([{ number: 1, state: "open", title: next.title }]);
    expect(repo.checks(BRANCH)).toMatchObject([{ name: "evenkeel/preview", conclusion: "success" }]);
  },
);

const closing = ["issues/create-comment", "pulls/update", "git/delete-ref"];
test.each(closing.flatMap((route) => strikes.map(([name, effect]) => [route, name, effect] as const)))(
  "closing, %s, %s: run again, one comment, closed, no branch",
  async (route, _, effect) => {
    const { github, repo } = await start();
    const { client } = await connect(github);
    await publishReport(client, reportOf([item(1)]));
    const fault = github.fault({ route }, effect);
    await publishReport(client, reportOf([])).catch((error: unknown) => expect(error).toBeInstanceOf(GitHubError));
    expect(fault.hits).toBe(1);
    await publishReport(client, reportOf([]));
    expect(repo.comments(1)).toHaveLength(1);
    expect(repo.pull(1).state).toBe("closed");
    expect(() => repo.head(BRANCH)).toThrow();
  },
);

test("a run beside this one that opened the pull request first is not doubled", async () => {
  const { github, repo } = await start();
  const report = reportOf([item(1)]);
  const one = await connect(github);
  // Its list is read before the other's pull request is there.
  github.fault({ route: "pulls/create" }, { delayMs: 80 });
  const slow = publishReport(one.client, report);
  await expect.poll(() => github.calls("git/create-ref").length).toBe(1);
  const other = await connect(github);
  const results = await Promise.all([slow, publishReport(other.client, report)]);
  expect(results.map(({ pullRequest }) => pullRequest?.number)).toEqual([1, 1]);
  expect(repo.pulls("all")).toHaveLength(1);
});
