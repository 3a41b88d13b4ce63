/** GitHub failing at each write that the report and the apply job make, then the job run again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FaultEffect, primaryLimit, secondaryLimit } from "../support/github/faults.ts";
import { type Company, configOf, PLAN, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterAll(() => company.stop());

const gone = { status: 502, body: { message: "Server Error" } };
/** Longer than the Action waits for. */
const limited = primaryLimit(Math.floor(Date.now() / 1000) + 1800);
const STRIKES: readonly (readonly [string, FaultEffect])[] = [
  ["502", gone],
  ["reset after it was done", { afterWrite: "reset" }],
  ["403 rate limit", limited],
];
const BRANCH = "evenkeel/report/all";

async function oneBucket(): Promise<{ repository: Repository; bucket: string }> {
  const { account, buckets } = await company.buckets("orders");
  return {
    repository: await company.repository(configOf([account], ["s3_bucket_versioning"])),
    bucket: buckets[0] ?? "",
  };
}

const REPORT = ["git/create-tree", "git/create-commit", "git/create-ref", "pulls/create"];
test.each(REPORT.flatMap((route) => STRIKES.map(([name, effect]) => [route, name, effect] as const)))(
  "report: %s answers %s; run again: one branch, one commit, one pull request",
  async (route, _, effect) => {
    const { repository } = await oneBucket();
    const { github, repo } = repository;
    const fault = github.fault({ route }, effect);
    const first = await repository.report();
    expect(fault.hits).toBe(1);
    // Either it got over it, or it said that it did not, in words and with its code.
    expect([0, 3]).toContain(first.exit);
    if (first.exit === 3) expect(first.stderr).toMatch(/^GitHub: (POST|PATCH) /m);
    expect(first.stderr).not.toMatch(/bug in Evenkeel|\n +at /);
    const second = await repository.report();
    expect(second).toMatchObject({ exit: 0, outputs: { pull_request: "1", planned: "1" } });
    expect(repo.pulls("all")).toHaveLength(1);
    expect(repo.history(BRANCH)).toHaveLength(2);
    const third = await repository.writes(() => repository.report());
    expect(third.calls).toEqual([]);
  },
);

/** The journal's first write finds no branch; the branch is begun; then intents, outcome; then the comment. */
const APPLY: readonly (readonly [string, number])[] = [
  ["repos/create-or-update-file-contents", 0],
  ["git/create-commit", 0],
  ["git/create-ref", 0],
  ["repos/create-or-update-file-contents", 1],
  ["repos/create-or-update-file-contents", 2],
  ["issues/create-comment", 0],
];
test.each(APPLY.flatMap(([route, skip]) => STRIKES.map(([name, effect]) => [route, skip, name, effect] as const)))(
  "apply: %s (%i before it) answers %s; run again: written once, and told once",
  async (route, skip, _, effect) => {
    const { repository, bucket } = await oneBucket();
    await repository.report();
    const pull = repository.merge();
    const fault = repository.github.fault({ route, skip }, effect);
    const { result, sent } = await company.sent(async () => {
      const first = await repository.apply();
      return { first, second: await repository.apply() };
    });
    expect(fault.hits).toBe(1);
    const { first, second } = result;
    expect([0, 3]).toContain(first.exit);
    expect(first.stderr).not.toMatch(/bug in Evenkeel|\n +at /);
    expect(second.exit).toBe(0);
    expect(sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
    expect(repository.repo.comments(pull)).toHaveLength(1);
    const undo = { command: "undo", plan: first.outputs["plan_digest"] || (second.outputs["plan_digest"] ?? "") };
    const planned = await (await repository.start({ ...undo, out: "-" })).ended;
    expect(planned).toMatchObject({ exit: 0, outputs: { planned: "1" } });
  },
);

test("a secondary rate limit is waited for as GitHub asks, and the run succeeds", async () => {
  const { repository } = await oneBucket();
  const faults = ["git/create-ref", "pulls/create"].map((route) =>
    repository.github.fault({ route }, secondaryLimit(1)),
  );
  const ended = await repository.report();
  expect(faults.map(({ hits }) => hits)).toEqual([1, 1]);
  expect(ended).toMatchObject({ exit: 0, outputs: { pull_request: "1" } });
});

test("a token that may not write: exit code 3, and what would mend it", async () => {
  const { repository } = await oneBucket();
  repository.github.addToken("ghs_reader", {
    login: "reader[bot]",
    permissions: { contents: "read", pull_requests: "read" },
  });
  const ended = await repository.report({ token: "ghs_reader" });
  expect(ended.exit).toBe(3);
  expect(ended.stderr).toMatch(/To mend it: .*contents: write/);
  expect(repository.repo.pulls("all")).toEqual([]);
  expect(() => repository.repo.file(BRANCH, PLAN)).toThrow();
});
