/** GitHub failing at each write that the report and the apply job make, then the job run again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FaultEffect, primaryLimit, secondaryLimit } from "../support/github/faults.ts";
import type { ActionEnded } from "../support/runner.ts";
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

/** Runs the job until it has met every fault and succeeds; a job that needs more runs than there are faults does not get on. */
async function untilDone(
  faults: readonly { readonly hits: number }[],
  job: () => Promise<ActionEnded>,
): Promise<ActionEnded> {
  for (let run = 0; run <= faults.length; run++) {
    const ended = await job();
    expect([0, 3]).toContain(ended.exit);
    expect(ended.stderr).not.toMatch(/bug in Evenkeel|\n +at /);
    // What it could not get over is said in words.
    if (ended.exit === 3) expect(ended.stderr).toMatch(/GitHub: (POST|PUT|PATCH) /);
    if (ended.exit === 0 && faults.every(({ hits }) => hits === 1)) return ended;
  }
  throw new Error(
    `not done after ${faults.length + 1} runs; faults struck ${faults.map(({ hits }) => hits).join(", ")}`,
  );
}

const REPORT = ["git/create-tree", "git/create-commit", "git/create-ref", "pulls/create"];
test.each(STRIKES)(
  "report: each write in turn answers %s, and the job is run again: one branch, one commit, one pull request",
  async (_, effect) => {
    const { repository } = await oneBucket();
    const { github, repo } = repository;
    const faults = REPORT.map((route) => github.fault({ route }, effect));
    const ended = await untilDone(faults, () => repository.report());
    expect(ended.outputs).toMatchObject({ pull_request: "1", planned: "1" });
    expect(repo.pulls("all")).toHaveLength(1);
    expect(repo.history(BRANCH)).toHaveLength(2);
    const after = await repository.writes(() => repository.report());
    expect(after.calls).toEqual([]);
  },
  60_000,
);

/** The journal's first write finds no branch; the branch is begun; then intent and outcome are written; beside them the comment, the check, and the comment again. */
const APPLY: readonly (readonly [route: string, skip: number])[] = [
  ["repos/create-or-update-file-contents", 0],
  ["git/create-commit", 0],
  ["git/create-ref", 0],
  ["repos/create-or-update-file-contents", 0],
  ["repos/create-or-update-file-contents", 1],
  ["issues/create-comment", 0],
  ["checks/create", 0],
  ["issues/update-comment", 0],
];
test.each(STRIKES)(
  "apply: each write in turn answers %s, and the job is run again: written once, told once, and it can be taken back",
  async (_, effect) => {
    const { repository, bucket } = await oneBucket();
    const { outputs } = await repository.report();
    const pull = repository.merge();
    const faults = APPLY.map(([route, skip]) => repository.github.fault({ route, skip }, effect));
    const { sent } = await company.sent(() => untilDone(faults, () => repository.apply()));
    expect(sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
    // The comment's own fault struck in the last run but one, or in the last: then the next tells.
    await repository.apply();
    expect(repository.repo.comments(pull)).toHaveLength(1);
    const undo = { command: "undo", plan: outputs["plan_digest"] ?? "", out: "-" };
    expect(await (await repository.start(undo)).ended).toMatchObject({ exit: 0, outputs: { planned: "1" } });
  },
  60_000,
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
