import { DeletePublicAccessBlockCommand, PutPublicAccessBlockCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { makeLogGroup } from "../support/world/logs.ts";
import { BLOCK_ALL } from "../support/world/s3.ts";
import { openBuckets, outcomesBy, type RunOptions, type Stage, startStage } from "../support/world/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterEach(() => stage.proxy.rules.clear());
afterAll(() => stage.stop());

const BLOCK = "s3_bucket_public_access_block";

const buckets = (count: number, options: Partial<RunOptions> = {}) => openBuckets(stage, count, options);

test("25 violations and a guard of 10: ten items, worst first, and fifteen listed as capped", async () => {
  const { names, run } = await buckets(25, { guards: { per_policy: 10 } });
  const { plan, result } = await run.plan();
  expect(result.coverage.findings.fail).toBe(25);
  expect(plan.items).toHaveLength(10);
  expect(plan.header.held.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 15 }, () => "capped"));
  const all = [...plan.items, ...plan.header.held].map(({ resource }) => resource.id);
  expect(all.sort()).toEqual(names);
  const { result: applied, sent } = await stage.writes(() => run.apply(plan));
  expect(applied.counts.applied).toBe(10);
  expect(sent).toHaveLength(10);
  expect((await run.plan()).plan.items).toHaveLength(10);
});

test("a policy that would change too large a share is held back by the percent guard of the defaults", async () => {
  const { run } = await buckets(30, { guards: { percent: 20 } });
  const { plan } = await run.plan();
  expect(plan.items).toHaveLength(6);
  expect(plan.header.held.map(({ reason }) => reason)).toEqual(
    Array.from({ length: 24 }, () => expect.stringContaining("guard percent")),
  );
});

test("guards that became stricter since the plan hold at apply time too", async () => {
  const { clients, run } = await buckets(3);
  const { plan } = await run.plan();
  const strict = stage.run({ accounts: [clients.account], policies: [BLOCK], guards: { per_policy: 1 } });
  const { result, sent } = await stage.writes(() => strict.apply(plan));
  expect(result.counts).toMatchObject({ applied: 1, capped: 2 });
  expect(sent).toHaveLength(1);
});

test("a change that does not show stops its policy after the first item and leaves other policies alone", async () => {
  const { clients, run } = await buckets(3, { policies: [BLOCK, "logs_group_retention"] });
  const group = await makeLogGroup(clients, "/aws/lambda/orders", 7);
  const { plan } = await run.plan();
  expect(plan.items).toHaveLength(4);
  // Somebody's automation takes the block away again as soon as it is there.
  stage.proxy.rules.on(
    { service: "s3", operation: "PutPublicAccessBlock" },
    ({ path }) =>
      clients.s3.send(new DeletePublicAccessBlockCommand({ Bucket: path.split("/")[1] })).then(() => undefined),
    { when: "after" },
  );
  const { result, sent } = await stage.writes(() => run.apply(plan));
  expect(result.counts).toMatchObject({ verify_failed: 1, not_started: 2, applied: 1 });
  expect(outcomesBy(result)[group]).toBe("applied");
  expect(sent.sort()).toEqual(["logs:PutRetentionPolicy", "s3:PutPublicAccessBlock"]);
  const failed = result.outcomes.find(({ outcome }) => outcome === "verify_failed");
  expect(result.outcomes.find(({ outcome }) => outcome === "not_started")?.reason).toContain(failed?.resource);
});

test("a change that another hand undid at once is not verified, and its undo would overwrite theirs: it is held", async () => {
  const { clients, names, run } = await buckets(1);
  const { plan } = await run.plan();
  const put = { service: "s3", operation: "PutPublicAccessBlock" };
  const rule = stage.proxy.rules.on(
    put,
    ({ path }) =>
      clients.s3
        .send(
          new PutPublicAccessBlockCommand({
            Bucket: path.split("/")[1],
            PublicAccessBlockConfiguration: { ...BLOCK_ALL, BlockPublicAcls: false },
          }),
        )
        .then(() => undefined),
    { when: "after", times: 1 },
  );
  const { outcomes } = await run.apply(plan);
  expect(rule.hits).toBe(1);
  expect(outcomes).toMatchObject([{ outcome: "verify_failed", next: "look at the resource, then run apply again" }]);
  const undo = await run.undo();
  expect(undo.items).toEqual([]);
  expect(undo.header.held.map(({ resource }) => resource.id)).toEqual(names);
});

test("three denials in a row stop an account, and another account goes on", async () => {
  const sick = await buckets(6);
  const well = await buckets(2);
  const accounts = [sick.clients.account, well.clients.account];
  const run = stage.run({ accounts, policies: [BLOCK] });
  const { plan } = await run.plan();
  const rule = stage.proxy.rules.fail(
    { service: "s3", operation: "PutPublicAccessBlock", where: ({ path }) => path.includes(sick.clients.account) },
    { status: 403, code: "AccessDenied" },
  );
  const { counts, outcomes } = await run.apply(plan);
  expect(counts).toMatchObject({ applied: 2, denied: 3, not_started: 3 });
  expect(
    outcomes.filter(({ outcome }) => outcome !== "applied").every(({ account }) => account === sick.clients.account),
  ).toBe(true);
  expect(outcomes.find(({ outcome }) => outcome === "denied")?.next).toMatch(/s3:PutBucketPublicAccessBlock/);
  rule.remove();
  const again = await run.apply(plan);
  expect(again.counts).toMatchObject({ applied: 6, already_ok: 2 });
});
