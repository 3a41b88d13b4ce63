import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeFlowLogsCommand } from "@aws-sdk/client-ec2";
import { GetPublicAccessBlockCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Engine } from "../support/engine.ts";
import type { Match, Rules } from "../support/fault-proxy.ts";
import type { Clients } from "../support/world/clients.ts";
import { BLOCK_ALL, makeBucket } from "../support/world/s3.ts";
import { onlyItems, outcomesBy, type Stage, startStage } from "../support/world/stage.ts";
import { ANYONE, makeGroup, makeRule, makeVpc, port } from "../support/world/vpc.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterEach(() => stage.proxy.rules.clear());
afterAll(() => stage.stop());

const BLOCK = "s3_bucket_public_access_block";
const READ = { service: "s3", operation: "GetPublicAccessBlock" } satisfies Match;
const WRITE = { service: "s3", operation: "PutPublicAccessBlock" } satisfies Match;

/** An account with open buckets, and the engine that looks after them. */
async function buckets(...prefixes: string[]) {
  const clients = await stage.account();
  const names = prefixes.map((prefix) => `${prefix}-${clients.account}`);
  for (const name of names) await makeBucket(clients, name);
  return { clients, names, run: stage.run({ accounts: [clients.account], policies: [BLOCK] }) };
}

async function blockOf({ s3 }: Clients, Bucket: string): Promise<unknown> {
  const read = s3.send(new GetPublicAccessBlockCommand({ Bucket }));
  return read.then(
    ({ PublicAccessBlockConfiguration }) => PublicAccessBlockConfiguration,
    () => undefined,
  );
}

const of = (bucket: string | undefined): Pick<Match, "where"> => ({
  where: ({ path }) => path.startsWith(`/${bucket}`),
});

test("what one resource does not let us read is unknown; the others are judged, and the gap says what would mend it", async () => {
  const { names, run } = await buckets("a", "b", "c");
  stage.proxy.rules.fail(
    { ...READ, ...of(names[1]) },
    { status: 403, code: "AccessDenied", message: "no | <b>way</b>\n::error::x" },
  );
  const { plan, result } = await run.plan();
  expect(result.findings.map(({ resource, status }) => [resource.id, status])).toEqual([
    [names[0], "fail"],
    [names[1], "unknown"],
    [names[2], "fail"],
  ]);
  expect(plan.items.map(({ resource }) => resource.id).sort()).toEqual([names[0], names[2]]);
  expect(result.coverage.gaps).toMatchObject([
    {
      operation: "s3:GetPublicAccessBlock",
      code: "AccessDenied",
      resources: 1,
      policies: [BLOCK],
      region: "us-east-1",
    },
  ]);
  expect(result.coverage.gaps[0]?.remedy).toContain("s3:GetBucketPublicAccessBlock");
});

test("a list that is denied is a gap of unknown size, not an empty account", async () => {
  const { run } = await buckets("a");
  stage.proxy.rules.fail({ service: "s3", operation: "ListBuckets" }, { status: 403, code: "AccessDenied" });
  const { findings, coverage } = await run.scan();
  expect(findings).toEqual([]);
  expect(coverage).toMatchObject({ complete: false, gaps: [{ operation: "s3:ListBuckets", resources: undefined }] });
  expect(coverage.gaps[0]?.remedy).toContain("s3:ListAllMyBuckets");
});

test("what only the remediation wants to read and may not: not planned, said in the plan, and counted as a gap", async () => {
  const { run, names } = await buckets("a");
  stage.proxy.rules.fail({ service: "s3", operation: "GetBucketWebsite" }, { status: 403, code: "AccessDenied" });
  const { plan, result } = await run.plan();
  expect(plan.items).toEqual([]);
  expect(plan.header.held).toMatchObject([{ outcome: "unknown", resource: { id: names[0] } }]);
  expect(result.coverage.gaps).toMatchObject([{ operation: "s3:GetBucketWebsite", code: "AccessDenied" }]);
  expect(result.coverage.complete).toBe(false);
});

const faults: Readonly<Record<string, (rules: Rules, match: Match, times: number) => void>> = {
  throttling: (rules, match, times) => void rules.fail(match, { status: 503, code: "SlowDown", times }),
  "errors inside AWS": (rules, match, times) => void rules.fail(match, { status: 500, code: "InternalError", times }),
  "broken connections": (rules, match, times) => void rules.reset(match, { times }),
  "a session that ends": (rules, match) => void rules.fail(match, { status: 400, code: "ExpiredToken", times: 1 }),
};

test.each(Object.entries(faults))("%s in the middle of a scan changes nothing of its result", async (_name, fault) => {
  const { run } = await buckets("a", "b", "c", "d");
  const calm = await run.scan();
  fault(stage.proxy.rules, { ...READ, skip: 1 }, 2);
  const stormy = await run.scan();
  expect(stormy.findings).toEqual(calm.findings);
  expect(stormy.coverage).toEqual({ ...calm.coverage, calls: expect.anything() });
});

test.each(Object.entries(faults))("%s before the write is done: it is done once", async (_name, fault) => {
  const { clients, names, run } = await buckets("a");
  const { plan } = await run.plan();
  fault(stage.proxy.rules, WRITE, 1);
  const { result, sent } = await stage.writes(() => run.apply(plan));
  expect(result.outcomes).toMatchObject([{ outcome: "applied" }]);
  expect(sent).toEqual(["s3:PutPublicAccessBlock"]);
  expect(await blockOf(clients, names[0] ?? "")).toEqual(BLOCK_ALL);
});

test("a write whose answer is lost is recognised as done, and not made again", async () => {
  const { run } = await buckets("a");
  const { plan } = await run.plan();
  stage.proxy.rules.resetAfter(WRITE, { times: 1 });
  const { result, sent } = await stage.writes(() => run.apply(plan));
  expect(result.outcomes).toMatchObject([{ outcome: "applied", reason: expect.stringContaining("answer was lost") }]);
  expect(sent).toEqual(["s3:PutPublicAccessBlock"]);
  expect((await run.undo()).items).toHaveLength(1);
});

test("a flow log whose answer is lost is there once, and can be taken back", async () => {
  const clients = await stage.account();
  const bucket = await makeBucket(clients, `flow-${clients.account}`);
  const vpc = await makeVpc(clients, "10.10.0.0/16");
  const remediation_params = { destination_bucket_arn: `arn:aws:s3:::${bucket}` };
  const run = stage.run({
    accounts: [clients.account],
    policies: [{ use: "vpc_flow_logs", mode: "approve", remediation_params }],
  });
  const { plan, text } = await run.plan();
  stage.proxy.rules.resetAfter({ service: "ec2", operation: "CreateFlowLogs" }, { times: 1 });
  const { result, sent } = await stage.writes(() =>
    run.apply(onlyItems(text, ({ resource }) => resource.id === vpc, plan)),
  );
  expect(result.outcomes).toMatchObject([{ outcome: "applied" }]);
  expect(sent).toEqual(["ec2:CreateFlowLogs"]);
  const undo = await run.undo();
  expect(undo.header.held).toEqual([]);
  expect((await run.apply(undo)).outcomes).toMatchObject([{ outcome: "undone" }]);
  expect((await clients.ec2.send(new DescribeFlowLogsCommand({}))).FlowLogs).toEqual([]);
});

test("a rule whose revocation's answer is lost is gone, revoked once, and comes back", async () => {
  const clients = await stage.account();
  await makeRule(clients, await makeGroup(clients, "bastion"), port(22, ANYONE));
  const run = stage.run({ accounts: [clients.account], policies: ["ec2_sg_admin_ports_open"] });
  const { plan } = await run.plan();
  stage.proxy.rules.resetAfter({ operation: "RevokeSecurityGroupIngress" }, { times: 1 });
  const { result, sent } = await stage.writes(() => run.apply(plan));
  expect(result.outcomes).toMatchObject([{ outcome: "applied" }]);
  expect(sent).toEqual(["ec2:RevokeSecurityGroupIngress"]);
  // The way back loses its answer as well: nothing tells by reading whether a deleted thing came back, but a second call does no harm.
  stage.proxy.rules.resetAfter({ operation: "AuthorizeSecurityGroupIngress" }, { times: 1 });
  const undo = await run.undo();
  await run.apply(undo);
  await run.apply(undo);
  expect((await run.scan()).coverage.findings.fail).toBe(1);
});

test("AWS that never gets better: the item ends unknown or failed after two tries, others are applied, undo has nothing to take back", async () => {
  const { names, run } = await buckets("a", "b");
  const { plan } = await run.plan();
  // Each item is a policy's canary only once: the sick bucket must not be it for this test.
  const [first, second] = plan.items.map(({ resource }) => resource.id);
  expect([first, second].sort()).toEqual(names);
  const rule = stage.proxy.rules.fail({ ...WRITE, ...of(second) }, { status: 500, code: "InternalError" });
  const { result, sent } = await stage.writes(() => run.apply(plan));
  expect(outcomesBy(result)).toEqual({ [first ?? ""]: "applied", [second ?? ""]: "unknown" });
  expect(rule.hits).toBe(2);
  expect(sent).toEqual(["s3:PutPublicAccessBlock"]);
  expect((await run.undo()).items.map(({ resource }) => resource.id)).toEqual([first]);
  rule.remove();
  expect(outcomesBy(await run.apply(plan))).toEqual({ [first ?? ""]: "already_ok", [second ?? ""]: "applied" });
});

test("reading that fails during apply leaves the item alone", async () => {
  const { run } = await buckets("a");
  const { plan } = await run.plan();
  stage.proxy.rules.fail(READ, { status: 403, code: "AccessDenied" });
  const { result, sent } = await stage.writes(() => run.apply(plan));
  expect(result.outcomes).toMatchObject([{ outcome: "unknown", next: expect.stringContaining("read role") }]);
  expect(sent).toEqual([]);
});

test("a slow answer is waited for", async () => {
  const { run } = await buckets("a");
  const { plan } = await run.plan();
  stage.proxy.rules.delay(WRITE, 400, { times: 1 });
  const { result, sent } = await stage.writes(() => run.apply(plan));
  expect(result.outcomes).toMatchObject([{ outcome: "applied" }]);
  expect(sent).toHaveLength(1);
});

test("two runs of one plan at once, with one journal: nothing fails, all is as planned, and the journal stays whole", async () => {
  const clients = await stage.account();
  const group = await makeGroup(clients, "bastion");
  for (const number of [22, 3389]) await makeRule(clients, group, port(number, ANYONE));
  for (const prefix of ["a", "b", "c"]) await makeBucket(clients, `${prefix}-${clients.account}`);
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-both-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "journal.jsonl");
  const options = {
    accounts: [clients.account],
    policies: [BLOCK, "s3_bucket_tls_only", "ec2_sg_admin_ports_open"],
    journalPath: path,
  };
  const start = (): Engine => stage.run(options);
  const { text, plan } = await start().plan();
  expect(plan.items).toHaveLength(8);
  const both = await Promise.all([start().apply(text), start().apply(text)]);
  for (const one of both) {
    const ended = new Set(Object.values(outcomesBy(one)));
    expect([...ended].filter((outcome) => outcome !== "applied" && outcome !== "already_ok")).toEqual([]);
  }
  expect((await start().scan()).coverage.findings.fail).toBe(0);
  expect(
    readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .every((line) => JSON.parse(line).record !== undefined),
  ).toBe(true);
  const after = await stage.writes(() => start().apply(text));
  expect(after.result.counts).toMatchObject({ already_ok: 8 });
  expect(after.sent).toEqual([]);
});
