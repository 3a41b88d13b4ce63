import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeletePublicAccessBlockCommand,
  ListBucketsCommand,
} from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { itemHash, writePlan } from "../../src/plan/file.ts";
import { hastyClock } from "../support/engine.ts";
import { makeVolume } from "../support/world/ec2.ts";
import { openBuckets, type RunOptions, type Stage, startStage } from "../support/world/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterEach(() => stage.proxy.rules.clear());
afterAll(() => stage.stop());

const BLOCK = "s3_bucket_public_access_block";

const buckets = (count: number, options: Partial<RunOptions> = {}) => openBuckets(stage, count, options);

test("a plan file that was edited, added to, doubled or cut is refused whole; deleted lines are declined items", async () => {
  const { clients, names, run } = await buckets(3);
  const { text, plan } = await run.plan();
  const [header = "", first = "", second = "", third = ""] = text.split("\n");
  const file = (...lines: string[]): string => `${lines.join("\n")}\n`;
  const elsewhere = (line: string): string => line.replaceAll(plan.items[0]?.resource.id ?? "?", "somebody-elses");
  const spaced = JSON.stringify(JSON.parse(first), null, 1).replaceAll("\n", "");
  const parsed: unknown = JSON.parse(header);
  const longer = JSON.stringify(
    typeof parsed === "object" && parsed !== null
      ? { ...parsed, expires: "2099-01-01T00:00:00.000Z", kind: "other" }
      : {},
  );
  const refused: Readonly<Record<string, [content: string, line: number]>> = {
    "an edited line": [file(header, elsewhere(first), second, third), 2],
    "an added line": [file(header, first, second, third, elsewhere(first)), 5],
    "a doubled line": [file(header, first, second, first), 4],
    "a line written anew": [file(header, spaced, second, third), 2],
    "a line cut short": [file(header, first.slice(0, -9), second, third), 2],
    "a header of another kind": [file(longer, first, second, third), 1],
    "no header": [file(first, second, third), 1],
    nothing: ["", 1],
    "an empty line between": [file(header, first, "", second, third), 3],
  };
  for (const [what, [content, line]] of Object.entries(refused)) {
    const { result, sent } = await stage.writes(() => run.apply(content).catch((error: unknown) => error));
    expect(result, what).toBeInstanceOf(UserError);
    expect(result instanceof UserError ? result.problems.map((problem) => problem.line) : [], what).toContain(line);
    expect(sent, what).toEqual([]);
  }
  const { result, sent } = await stage.writes(() => run.apply(file(header, second)));
  expect(result.outcomes.map(({ resource }) => resource)).toEqual([plan.items[1]?.resource.id]);
  expect(sent).toEqual(["s3:PutPublicAccessBlock"]);
  expect((await run.scan()).coverage.findings).toMatchObject({ fail: 2, pass: 1 });
  expect(names).toHaveLength(3);
  clients.destroy();
});

test("a header whose expiry was put off is refused, or the plan still expires when the engine said", async () => {
  const clock = hastyClock();
  const { run } = await buckets(1, { clock, plan_ttl: "1h" });
  const { text } = await run.plan();
  await clock.sleep(3 * 86_400_000);
  const { result, sent } = await stage.writes(() =>
    run
      .apply(text.replace(/"expires":"[^"]*"/, '"expires":"2099-01-01T00:00:00.000Z"'))
      .catch((error: unknown) => error),
  );
  expect(result).toBeInstanceOf(Error);
  expect(sent).toEqual([]);
});

test("a line that was forged together with its hash in the header makes no call that the catalogue would not make", async () => {
  const { clients, names, run } = await buckets(1);
  const { plan, text } = await run.plan();
  const [item] = plan.items;
  if (item === undefined) throw new Error("nothing planned");
  const forged = { ...item, calls: [{ step: "step1", call: "s3:DeleteBucket", params: { Bucket: item.resource.id } }] };
  const file = writePlan({ header: { ...plan.header, items: [itemHash(forged)] }, items: [forged] });
  expect(file).not.toBe(text);
  const { sent } = await stage.writes(() => run.apply(file).catch(() => undefined));
  expect(sent).toEqual([]);
  const { Buckets } = await clients.s3.send(new ListBucketsCommand({}));
  expect(Buckets?.map(({ Name }) => Name)).toEqual(names);
});

test("an expired plan is refused with its date, and nothing is read or written", async () => {
  const clock = hastyClock();
  const { run } = await buckets(1, { clock, plan_ttl: "1h" });
  const { text, plan } = await run.plan();
  await clock.sleep(3 * 86_400_000);
  const from = stage.proxy.calls.length;
  await expect(run.apply(text)).rejects.toThrow(`the plan expired on ${plan.header.expires}`);
  expect(stage.proxy.calls.slice(from)).toEqual([]);
});

test("what is no longer wanted is not done: policy removed, only reporting, other parameters, account removed", async () => {
  const { clients, run } = await buckets(1);
  const { plan } = await run.plan();
  const other = await stage.account();
  const changed: Readonly<Record<string, RunOptions>> = {
    "policy removed": { accounts: [clients.account], policies: ["s3_bucket_versioning"] },
    "only reporting": { accounts: [clients.account], policies: [{ use: BLOCK, mode: "report" }] },
    "other parameters": {
      accounts: [clients.account],
      policies: [{ use: BLOCK, remediation_params: { BlockPublicAcls: false } }],
    },
    "account removed": { accounts: [other.account], policies: [BLOCK] },
  };
  for (const [what, options] of Object.entries(changed)) {
    const { result, sent } = await stage.writes(() => stage.run(options).apply(plan));
    expect(result.outcomes, what).toMatchObject([{ outcome: "policy_gone" }]);
    expect(sent, what).toEqual([]);
  }
});

test("a destructive remediation is planned only where the policy's entry allows it, and applied only while it does", async () => {
  const clients = await stage.account();
  const volume = await makeVolume(clients);
  const start = (allowed: boolean) =>
    stage.run({
      accounts: [clients.account],
      policies: [{ use: "ebs_volume_unattached", ...(allowed ? { allow_destructive: true } : {}) }],
      clock: hastyClock(100),
    });
  const { plan: none } = await start(false).plan();
  expect(none.items).toEqual([]);
  expect(none.header.held).toMatchObject([
    { outcome: "blocked", resource: { id: volume }, reason: expect.stringContaining("allow_destructive") },
  ]);
  const { plan } = await start(true).plan();
  expect(plan.items).toMatchObject([{ risk: "destructive", resource: { id: volume } }]);
  const { result, sent } = await stage.writes(() => start(false).apply(plan));
  expect(result.outcomes).toMatchObject([{ outcome: "policy_gone" }]);
  expect(sent).toEqual([]);
});

test("an approval is used once: what somebody undid by hand is not done again by it, while a person may ask again", async () => {
  const { clients, names, run } = await buckets(1);
  const { plan } = await run.plan();
  expect((await run.apply(plan, { approval: "pull/1" })).outcomes).toMatchObject([{ outcome: "applied" }]);
  await clients.s3.send(new DeletePublicAccessBlockCommand({ Bucket: names[0] }));
  const again = await stage.writes(() => run.apply(plan, { approval: "pull/1" }));
  expect(again.result.outcomes).toMatchObject([
    { outcome: "already_ok", reason: expect.stringContaining("an approval is used once") },
  ]);
  expect(again.sent).toEqual([]);
  expect((await run.apply(plan, { approval: "pull/2" })).outcomes).toMatchObject([{ outcome: "applied" }]);
});

test("a bucket that was deleted and made again since the plan is another bucket", async () => {
  const { clients, names, run } = await buckets(1);
  const { plan } = await run.plan();
  const [Bucket] = names;
  await clients.s3.send(new DeleteBucketCommand({ Bucket }));
  const gone = await stage.writes(() => run.apply(plan));
  expect(gone.result.outcomes).toMatchObject([{ outcome: "stale", reason: "the resource is gone" }]);
  // Creation dates have whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await clients.s3.send(new CreateBucketCommand({ Bucket }));
  const other = await stage.writes(() => run.apply(plan));
  expect(other.result.outcomes).toMatchObject([
    { outcome: "stale", reason: expect.stringContaining("another resource has its name") },
  ]);
  expect([...gone.sent, ...other.sent]).toEqual([]);
});
