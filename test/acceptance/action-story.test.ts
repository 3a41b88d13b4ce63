/** The main job as a repository sees it, by the bundled Action: report, review, merge, apply, undo. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { BLOCK_ALL, makeBucket } from "../support/world/s3.ts";
import { type Company, configOf, JOURNAL, PLAN, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 120_000);
afterAll(() => company.stop());

const POLICIES = ["s3_bucket_versioning", "s3_bucket_public_access_block"];

/** Two accounts with a bucket each that fails both policies: four items. */
async function twoAccounts(): Promise<{ repository: Repository; buckets: string[] }> {
  const accounts = [await company.stage.account(), await company.stage.account()];
  const buckets: string[] = [];
  for (const clients of accounts) buckets.push(await makeBucket(clients, `orders-${clients.account}`));
  const repository = await company.repository(
    configOf(
      accounts.map(({ account }) => account),
      POLICIES,
    ),
  );
  return { repository, buckets };
}

test("report, report again, a declined line, merge, apply, apply again, undo: each thing is done once, and nothing that was not merged", async () => {
  const { repository, buckets } = await twoAccounts();
  const { repo } = repository;
  const [first = "", second = ""] = buckets;

  const opened = await repository.report();
  expect(opened).toMatchObject({ exit: 0, env: "", state: "" });
  expect(opened.outputs).toMatchObject({
    exit_code: "0",
    failing: "4",
    passing: "0",
    gaps: "0",
    resources: "2",
    planned: "4",
    held: "0",
    plan_path: PLAN,
    pull_request: "1",
    pull_request_url: expect.stringMatching(/\/acme\/policies\/pull\/1$/),
    plan_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(repo.pulls("all")).toHaveLength(1);
  expect(repo.pull(1).body).toContain(opened.outputs["plan_digest"]?.slice(0, 12));

  const again = await repository.writes(() => repository.report());
  expect(again.calls).toEqual([]);
  expect(again.result.outputs).toEqual(opened.outputs);
  expect(again.result.text).toContain("nothing changed since the last run");

  // Alice declines versioning of the second bucket: its line goes.
  const declined = (line: string): boolean => line.includes("s3:PutBucketVersioning") && line.includes(second);
  const number = repository.merge((plan) => {
    const lines = plan.split("\n").filter((line, index) => index === 0 || !declined(line));
    expect(lines).toHaveLength(plan.split("\n").length - 1);
    return lines.join("\n");
  });
  const applied = await company.sent(() => repository.apply());
  expect(applied.result).toMatchObject({ exit: 0, env: "", state: "" });
  expect(applied.result.outputs).toMatchObject({
    exit_code: "0",
    applied: "3",
    already_ok: "0",
    failed: "0",
    denied: "0",
    plan_digest: opened.outputs["plan_digest"],
  });
  expect(applied.sent).toEqual([
    `s3:PutBucketVersioning ${first}`,
    `s3:PutPublicAccessBlock ${first}`,
    `s3:PutPublicAccessBlock ${second}`,
  ]);
  expect(repo.comments(number)).toHaveLength(1);
  expect(repo.comments(number)[0]?.body).toContain("approved 3 = applied 3");
  expect(applied.result.summary).toContain("approved 3 = applied 3");

  const twice = await company.sent(() => repository.writes(() => repository.apply()));
  expect(twice.sent).toEqual([]);
  expect(twice.result.calls).toEqual([]);
  expect(twice.result.result.exit).toBe(0);
  expect(twice.result.result.text).toContain("Nothing to apply");

  // What was declined is proposed anew once the pull request that declined it is over.
  const next = await repository.report();
  expect(next.outputs).toMatchObject({ failing: "1", passing: "3", planned: "1", pull_request: "2" });

  const digest = opened.outputs["plan_digest"] ?? "";
  const undo = { command: "undo", plan: digest.slice(0, 12), apply: "true", out: "-" };
  const back = await company.sent(async () => (await repository.start(undo)).ended);
  expect(back.result).toMatchObject({ exit: 0, outputs: { exit_code: "0", undone: "3", failed: "0" } });
  expect(back.sent).toEqual([
    `s3:DeletePublicAccessBlock ${first}`,
    `s3:DeletePublicAccessBlock ${second}`,
    `s3:PutBucketVersioning ${first}`,
  ]);
  const before = await company.sent(async () => (await repository.start(undo)).ended);
  expect(before.sent).toEqual([]);
  expect(before.result.text).toContain("taken back already");
});

test("a change that somebody made since the plan is left alone, and the comment says what differs", async () => {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `drift-${clients.account}`);
  const repository = await company.repository(configOf([clients.account], ["s3_bucket_public_access_block"]));
  await repository.report();
  const number = repository.merge();
  const { s3 } = clients;
  const { PutPublicAccessBlockCommand } = await import("@aws-sdk/client-s3");
  const half = { ...BLOCK_ALL, BlockPublicPolicy: false };
  await s3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: half }));
  const { result, sent } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result).toMatchObject({ exit: 3, outputs: { exit_code: "3", stale: "1", applied: "0" } });
  expect(repository.repo.comments(number)[0]?.body).toMatch(/BlockPublicAcls: true/);
});

const EDITS: Readonly<Record<string, (plan: string) => string>> = {
  "a value in a line edited": (plan) => plan.replace('"Status":"Enabled"', '"Status":"Suspended"'),
  "a line added twice": (plan) => plan + (plan.trimEnd().split("\n").at(-1) ?? ""),
  "a line of somebody's own added": (plan) => `${plan}{"id":"${"0".repeat(32)}"}\n`,
  "a hash taken out of the header": (plan) => plan.replace(/"items":\["[0-9a-f]{64}",/, '"items":['),
  "the header taken out": (plan) => plan.slice(plan.indexOf("\n") + 1),
};
test("a plan file that was edited is refused with an annotation, and nothing of it is applied, however it was edited", async () => {
  const { account } = await company.buckets("a", "b");
  const repository = await company.repository(configOf([account], ["s3_bucket_versioning"]));
  await repository.report();
  const number = repository.merge();
  const plan = repository.repo.file("main", PLAN) ?? "";
  for (const [how, edit] of Object.entries(EDITS)) {
    expect(edit(plan), how).not.toBe(plan);
    repository.repo.commit("main", { [PLAN]: edit(plan) }, { author: "alice" });
    const { result, sent } = await company.sent(() => repository.writes(() => repository.apply()));
    expect(sent, how).toEqual([]);
    expect(result.calls, how).toEqual([]);
    expect(result.result, how).toMatchObject({ exit: 3, outputs: { exit_code: "3", applied: "0" } });
    const errors = result.result.commands.filter(({ name }) => name === "error");
    expect(errors[0]?.properties, how).toMatchObject({ file: PLAN, line: expect.stringMatching(/^[1-9]\d*$/) });
    expect(result.result.stderr, how).toMatch(/plans\/all\.jsonl:\d+:\d+: /);
  }
  expect(repository.repo.comments(number)).toEqual([]);
}, 60_000);

test("a commit that is not on the default branch approves nothing", async () => {
  const clients = await company.stage.account();
  await makeBucket(clients, `branch-${clients.account}`);
  const repository = await company.repository(configOf([clients.account], ["s3_bucket_versioning"]));
  await repository.report();
  const [pull] = repository.repo.pulls("open");
  const { sha = "", ref = "" } = pull?.head ?? {};
  expect(repository.repo.file(sha, PLAN)).toContain("PutBucketVersioning");
  for (const event of ["workflow_dispatch", "push"]) {
    const { result, sent } = await company.sent(() =>
      repository.writes(() => repository.apply({ sha, ref: `refs/heads/${ref}`, event })),
    );
    expect(sent).toEqual([]);
    expect(result.calls).toEqual([]);
    expect(result.result).toMatchObject({ exit: 2, outputs: { exit_code: "2" } });
    expect(result.result.stderr).toMatch(/is not on main, the default branch: only what was merged there is approved/);
  }
});

test("a read role that cannot be assumed: exit code 3, the gap stands in log, summary and pull request, and the other account is reported", async () => {
  const { repository, buckets } = await twoAccounts();
  const locked = buckets[1]?.slice(-12) ?? "";
  const refused = { status: 403, code: "AccessDenied", message: "not authorized to perform: sts:AssumeRole" };
  const rule = company.stage.proxy.rules.fail(
    { operation: "AssumeRole", where: ({ body }) => body.includes(`${locked}%3Arole%2Fevenkeel-read`) },
    refused,
  );
  const ended = await repository.report();
  expect(rule.hits).toBeGreaterThan(0);
  rule.remove();
  expect(ended).toMatchObject({ exit: 3, outputs: { exit_code: "3", gaps: "1", planned: "2", failing: "2" } });
  for (const text of [ended.text, ended.summary, repository.repo.pull(1).body ?? ""]) {
    expect(text).toContain("1 of 2 accounts");
    expect(text).toContain("sts:AssumeRole");
    expect(text).toContain(locked);
  }
});

test("a remediation role that cannot be assumed: denied, exit code 3, and the next run applies what is left", async () => {
  const { repository, buckets } = await twoAccounts();
  const locked = buckets[1]?.slice(-12) ?? "";
  await repository.report();
  const number = repository.merge();
  const rule = company.stage.proxy.rules.fail(
    { operation: "AssumeRole", where: ({ body }) => body.includes(`${locked}%3Arole%2Fevenkeel-remediate`) },
    { status: 403, code: "AccessDenied", message: "not authorized to perform: sts:AssumeRole" },
  );
  const ended = await repository.apply();
  expect(rule.hits).toBeGreaterThan(0);
  rule.remove();
  expect(ended).toMatchObject({ exit: 3, outputs: { exit_code: "3", applied: "2", denied: "2" } });
  const after = await company.sent(() => repository.apply());
  expect(after.sent).toHaveLength(2);
  expect(after.result).toMatchObject({ exit: 0, outputs: { applied: "2", already_ok: "2", denied: "0" } });
  // The result tells the latest; that somebody was needed was said once beside it.
  expect(repository.repo.comments(number)).toHaveLength(2);
  expect(repository.repo.comments(number)[0]?.body).toContain("approved 4 = ");
});

test("the Action refuses a command it does not have, naming the nearest", async () => {
  const repository = await company.repository(configOf(["111111111111"], POLICIES));
  const ended = await (await repository.start({ command: "reprot" })).ended;
  expect(ended.exit).toBe(2);
  expect(ended.commands).toMatchObject([{ name: "error", data: expect.stringContaining("did you mean report?") }]);
  expect(repository.github.log).toEqual([]);
});

test("a problem in the configuration is an annotation on its line, and nothing is sent", async () => {
  const repository = await company.repository(
    configOf(["111111111111"], POLICIES).replace("s3_bucket_versioning", "s3_bucket_versionin"),
  );
  const from = company.stage.proxy.calls.length;
  const ended = await repository.report();
  expect(ended).toMatchObject({ exit: 2, outputs: { exit_code: "2" } });
  expect(ended.commands.filter(({ name }) => name === "error")).toMatchObject([
    {
      data: expect.stringContaining("did you mean s3_bucket_versioning?"),
      properties: { file: "evenkeel.yaml", line: expect.stringMatching(/^\d+$/), col: expect.stringMatching(/^\d+$/) },
    },
  ]);
  expect(company.stage.proxy.calls).toHaveLength(from);
  expect(repository.repo.pulls("all")).toEqual([]);
  expect(() => repository.repo.head(JOURNAL)).toThrow();
});
