/** Where people see how applying went: result comment, one new comment where somebody is needed, check; by the bundled Action. */
import { DeleteBucketCommand, PutPublicAccessBlockCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { JOB_RIGHTS } from "../support/github/protected.ts";
import { clientsOf } from "../support/world/clients.ts";
import { type Company, configOf, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterEach(() => company.stage.proxy.rules.clear());
afterAll(() => company.stop());

/** A report with two items, approved by alice and merged. */
async function approved(): Promise<{ repository: Repository; pull: number; bucket: string }> {
  const { account, buckets } = await company.buckets("orders");
  const policies = ["s3_bucket_versioning", "s3_bucket_public_access_block"];
  const repository = await company.repository(configOf([account], policies));
  expect(await repository.report()).toMatchObject({ exit: 0, outputs: { planned: "2" } });
  return { repository, pull: repository.merge(), bucket: buckets[0] ?? "" };
}

const bodies = (repository: Repository, pull: number) => repository.repo.comments(pull).map(({ body = "" }) => body);
const checks = (repository: Repository) =>
  repository.repo.checks("main").map(({ name, conclusion }) => `${name} ${conclusion}`);
const refuse = (operation: string) =>
  company.stage.proxy.rules.fail({ operation }, { status: 403, code: "AccessDenied", message: "no" });

test("all done: the comment that applying began becomes the result, and nobody is woken twice; the check stands on the commit of the merge", async () => {
  const { repository, pull } = await approved();
  const from = repository.github.log.length;
  const { calls, result } = await repository.writes(() => repository.apply());
  expect(result).toMatchObject({ exit: 0, outputs: { applied: "2" } });
  const told = calls.filter(({ path }) => /comments|check-runs/.test(path));
  expect(told.map(({ operation }) => operation)).toEqual([
    "issues/create-comment",
    "checks/create",
    "issues/update-comment",
  ]);
  expect(JSON.stringify(told[0]?.body)).toContain("## Applying 2 approved changes");
  expect(JSON.stringify(told[0]?.body)).toMatch(
    /\[this job\]\(http[^)]+\/acme\/policies\/actions\/runs\/42\/attempts\/2\)/,
  );
  const [body = "", ...more] = bodies(repository, pull);
  expect(more).toEqual([]);
  expect(body).toContain("## 2 applied");
  expect(body).toContain("- approval: reviewed: approved on the merged commit by alice");
  expect(body).not.toMatch(/evenkeel:(begun|untold|told)|@alice/);
  expect(repository.repo.pull(pull).merge_commit_sha).toBe(repository.repo.head("main"));
  expect(checks(repository)).toEqual(["evenkeel/apply success"]);
  // Four of them begin the journal's branch.
  const made = repository.github.log.slice(from);
  expect(made.length).toBeLessThanOrEqual(35);
  expect(made.filter(({ path }) => path.includes("evenkeel%2Fstop"))).toHaveLength(1);
  const before = repository.github.log.length;
  expect(await repository.apply()).toMatchObject({ exit: 0 });
  // Nothing to apply: what was merged, what the journal says of it, whether all of that was told, and whether anybody took something back.
  expect(repository.github.log.length - before).toBeLessThanOrEqual(11);
});

test("something fails: one new comment calls who approved, once; when the next run mends it, only the result is edited", async () => {
  const { repository, pull } = await approved();
  refuse("PutBucketVersioning");
  const from = repository.github.log.length;
  expect(await repository.apply()).toMatchObject({ exit: 3, outputs: { applied: "1", denied: "1" } });
  expect(repository.github.log.length - from).toBeLessThanOrEqual(40);
  const [result = "", attention = "", ...more] = bodies(repository, pull);
  expect(more).toEqual([]);
  expect(result).toContain("1 applied, 1 denied by AWS");
  expect(result).not.toContain("@alice");
  expect(attention).toContain("## 1 of 2 approved changes needs a person: 1 denied by AWS");
  expect(attention).toContain("@alice: you approved it.");
  expect(attention).toContain("s3_bucket_versioning");
  expect(attention).not.toContain("s3_bucket_public_access_block");
  expect(checks(repository)).toEqual(["evenkeel/apply failure"]);

  // The same again wakes nobody.
  expect(await repository.apply()).toMatchObject({ exit: 3, outputs: { denied: "1" } });
  expect(bodies(repository, pull)).toHaveLength(2);
  company.stage.proxy.rules.clear();
  expect(await repository.apply()).toMatchObject({ exit: 0, outputs: { applied: "1", already_ok: "1" } });
  expect(bodies(repository, pull)).toEqual([expect.stringContaining("## 1 applied, 1 already fine"), attention]);
  expect(checks(repository)).toEqual(["evenkeel/apply success"]);
});

test("what waits wakes nobody; what changed since is told in one new comment, and not again once the rest is mended; the check is neutral", async () => {
  const { repository, pull, bucket } = await approved();
  const clients = await clientsOf(company.stage.moto, bucket.slice(-12));
  const half = {
    BlockPublicAcls: true,
    IgnorePublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  };
  await clients.s3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: half }));
  clients.destroy();
  expect(await repository.apply({ env: { EVENKEEL_STOP: "not yet" } })).toMatchObject({ exit: 3 });
  expect(bodies(repository, pull)).toEqual([expect.stringContaining("## 2 not started")]);
  expect(checks(repository)).toEqual(["evenkeel/apply neutral"]);
  refuse("PutBucketVersioning");
  expect(await repository.apply()).toMatchObject({ exit: 3, outputs: { denied: "1", stale: "1" } });
  const [, attention = "", ...more] = bodies(repository, pull);
  expect(more).toEqual([]);
  expect(attention).toContain(
    "2 of 2 approved changes need a person: 1 skipped: changed since approval, 1 denied by AWS",
  );
  company.stage.proxy.rules.clear();
  expect(await repository.apply()).toMatchObject({ exit: 3, outputs: { applied: "1", stale: "1" } });
  expect(bodies(repository, pull)).toEqual([expect.stringContaining("## 1 applied, 1 skipped"), attention]);
  expect(checks(repository)).toEqual(["evenkeel/apply neutral"]);
});

test("what changed since alone calls nobody", async () => {
  const { repository, pull, bucket } = await approved();
  const clients = await clientsOf(company.stage.moto, bucket.slice(-12));
  await clients.s3.send(new DeleteBucketCommand({ Bucket: bucket }));
  clients.destroy();
  expect(await repository.apply()).toMatchObject({ exit: 3, outputs: { stale: "2" } });
  const [, attention = ""] = bodies(repository, pull);
  expect(attention).toContain("2 of 2 approved changes need a person");
  expect(attention).not.toContain("you approved it");
});

test("a token that may not write checks: a warning with the remedy, and no failure", async () => {
  const { repository, pull } = await approved();
  const { checks: _, ...rights } = JOB_RIGHTS;
  repository.github.addToken("ghs_less", { login: "github-actions[bot]", permissions: rights });
  const ended = await repository.apply({ token: "ghs_less" });
  expect(ended).toMatchObject({ exit: 0, outputs: { applied: "2" } });
  expect(ended.stderr).toContain("the check evenkeel/apply could not be written (it needs checks: write)");
  expect(checks(repository)).toEqual([]);
  // Nothing is left to be told later: it would be refused again.
  expect(bodies(repository, pull)).toEqual([expect.not.stringContaining("evenkeel:untold")]);
});

test.each([
  ["checks/create", 1],
  ["issues/update-comment", 1],
  ["issues/create-comment", 2],
] as const)(
  "GitHub fails at %s: what is untold is told by the next run, which has nothing to apply",
  async (route, comments) => {
    const { repository, pull, bucket } = await approved();
    if (comments === 2) {
      const clients = await clientsOf(company.stage.moto, bucket.slice(-12));
      // Gone, and so stale: an end that no later run betters.
      await clients.s3.send(new DeleteBucketCommand({ Bucket: bucket }));
      clients.destroy();
    }
    const gone = { status: 502, body: { message: "Server Error" } };
    const fault = repository.github.fault({ route, skip: comments - 1 }, gone);
    const ended = await repository.apply();
    expect(ended.exit).toBe(comments === 2 ? 3 : 0);
    expect(fault.hits).toBe(1);
    expect(ended.stderr).toContain("could not be written");
    const { sent } = await company.sent(() => repository.apply());
    expect(sent).toEqual([]);
    const texts = bodies(repository, pull);
    expect(texts).toHaveLength(comments);
    for (const text of texts) expect(text).not.toMatch(/evenkeel:(begun|untold)/);
    expect(texts[0]).toMatch(comments === 2 ? /## 2 skipped/ : /## 2 applied/);
    expect(checks(repository)).toEqual([`evenkeel/apply ${comments === 2 ? "neutral" : "success"}`]);
    const after = await repository.writes(() => repository.apply());
    expect(after.calls).toEqual([]);
  },
);
