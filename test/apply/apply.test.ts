import { expect, test } from "vitest";
import { type Bucket, FakeAws, refused } from "../support/catalogue-aws.ts";
import { edit, POLICY, TEXTS } from "../support/catalogue-texts.ts";
import {
  apply,
  applyContext,
  MemoryJournal,
  NOW,
  ONE,
  planned,
  TestClock,
  uses,
  WIDE,
} from "../support/catalogue-world.ts";

const OPEN = { BlockPublicAcls: false, BlockPublicPolicy: false };
const CLOSED = { BlockPublicAcls: true, BlockPublicPolicy: true };
const buckets = (count: number): Bucket[] =>
  Array.from({ length: count }, (_, index) => ({ Name: `b${index}`, Block: OPEN }));

test("every approved item has one outcome, the counts are their sum, and AWS is as planned", async () => {
  const aws = new FakeAws(buckets(3));
  const plan = await planned({ aws });
  const result = await apply(plan, { aws });
  expect(result.outcomes.map(({ item }) => item)).toEqual(plan.items.map(({ id }) => id));
  expect(result.counts).toMatchObject({ applied: 3, failed: 0, stale: 0 });
  expect(Object.values(result.counts).reduce((sum, count) => sum + count)).toBe(3);
  expect(aws.buckets.map(({ Block }) => Block)).toEqual([CLOSED, CLOSED, CLOSED]);
  expect([...aws.sent].sort()).toEqual(["b0", "b1", "b2"].map((name) => `s3:PutPublicAccessBlock ${name}`));
});

test("the intents of a wave are safe before its first call, the outcome comes after the last", async () => {
  const aws = new FakeAws(buckets(2));
  const plan = await planned({ aws });
  const journal = new MemoryJournal();
  const seen: string[] = [];
  journal.onAppend = (records) => {
    for (const one of records) seen.push(`${one.record} ${one.record === "intent" ? one.item.resource.id : ""}`.trim());
  };
  aws.afterWrite = (request) => {
    seen.push(`write ${String(request.input["Bucket"])}`);
  };
  await apply(plan, { aws }, { journal });
  const [first, second] = plan.items.map(({ resource }) => resource.id);
  const one = (name: string | undefined) => [`intent ${name}`, `write ${name}`, "outcome"];
  expect(seen).toEqual([...one(first), ...one(second)]);
  expect(journal.records[0]).toMatchObject({ record: "intent", at: NOW, run: "run-1", approval: "" });
});

test("nothing is read or written under a plan that expired, or whose expiry was put off", async () => {
  const aws = new FakeAws(buckets(1));
  const plan = await planned({ aws });
  aws.log.length = 0;
  const clock = new TestClock();
  clock.ms = Date.parse(plan.header.expires) + 1;
  await expect(apply(plan, { aws }, { clock })).rejects.toThrow(`the plan expired on ${plan.header.expires}`);
  for (const expires of ["2099-01-01T00:00:00.000Z", "never"]) {
    await expect(apply({ ...plan, header: { ...plan.header, expires } }, { aws })).rejects.toThrow("expiry");
  }
  expect(aws.log).toEqual([]);
});

test("one item of each policy goes first; where it does not do what it says, the policy's rest is not started", async () => {
  const aws = new FakeAws(buckets(4));
  const plan = await planned({ aws });
  aws.afterWrite = (request) => {
    const bucket = aws.buckets.find(({ Name }) => Name === request.input["Bucket"]);
    if (bucket !== undefined) bucket.Block = OPEN;
  };
  const journal = new MemoryJournal();
  const { counts, outcomes } = await apply(plan, { aws }, { journal });
  expect(counts).toMatchObject({ verify_failed: 1, not_started: 3 });
  expect(aws.sent).toHaveLength(1);
  expect(outcomes.find(({ outcome }) => outcome === "not_started")?.reason).toContain("ended verify_failed");
  expect(journal.records.filter(({ record }) => record === "intent")).toHaveLength(1);
});

test.each([0, 1])("one failing item (number %d) does not stop the others", async (index) => {
  const aws = new FakeAws(buckets(4));
  const plan = await planned({ aws });
  const victim = plan.items[index]?.resource.id;
  aws.spoil = (request) => {
    if (request.operation === "PutPublicAccessBlock" && request.input["Bucket"] === victim)
      throw refused("conflict", "OperationAborted", request);
  };
  const { counts, outcomes } = await apply(plan, { aws });
  expect(counts).toMatchObject({ applied: 3, failed: 1 });
  expect(outcomes[index]?.reason).toContain("OperationAborted");
});

test("three denials in a row stop the account; its rest is not started, and says why", async () => {
  const aws = new FakeAws(buckets(6));
  const plan = await planned({ aws });
  aws.spoil = (request) => {
    if (request.operation === "PutPublicAccessBlock") throw refused("denied", "AccessDenied", request);
  };
  const { counts, outcomes } = await apply(plan, { aws });
  expect(counts).toMatchObject({ denied: 3, not_started: 3 });
  expect(outcomes.find(({ outcome }) => outcome === "denied")?.next).toBe("allow s3:PutPublicAccessBlock");
  expect(outcomes.find(({ outcome }) => outcome === "not_started")?.reason).toBe(
    "3 items in a row were denied in 111111111111",
  );
});

test("an account that cannot be entered denies its items; another account's are applied", async () => {
  const aws = new FakeAws(buckets(1));
  const world = { aws, entries: "  - use: x_thing_blocked\n    where: { stage: [prod, test] }\n" };
  const plan = await planned(world);
  expect(plan.items).toHaveLength(2);
  aws.onEnter = (account) => {
    const request = { account, region: "us-east-1", service: "sts", operation: "AssumeRole", input: {} };
    if (account === "222222222222") throw refused("denied", "AccessDenied", request);
  };
  const { outcomes } = await apply(plan, world);
  expect(outcomes.map(({ account, outcome }) => [account, outcome]).sort()).toEqual([
    ["111111111111", "applied"],
    ["222222222222", "denied"],
  ]);
});

test("what is no longer wanted is not done, with the reason", async () => {
  const aws = new FakeAws(buckets(1));
  const plan = await planned({ aws });
  const reason = async (entries: string, texts = TEXTS) => {
    const { outcomes } = await apply(plan, { aws, entries, texts });
    expect(outcomes).toMatchObject([{ outcome: "policy_gone" }]);
    return outcomes[0]?.reason;
  };
  expect(await reason("  - use: x_thing_blocked\n    where: { stage: test }\n")).toBe(
    "x_thing_blocked no longer runs in account 111111111111",
  );
  expect(await reason(`${ONE}    mode: report\n`)).toBe("x_thing_blocked only reports now");
  expect(await reason(`${ONE}    remediation_params: { BlockPublicPolicy: false }\n`)).toBe(
    "the parameters of x.block-thing changed since the plan was made",
  );
  expect(await reason(ONE, edit(POLICY, "remediation: { id: x.block-thing }\n", ""))).toContain("only reports now");
  expect(aws.sent).toEqual([]);
});

test("guards hold at apply time too; what an earlier run began does not count", async () => {
  const aws = new FakeAws(buckets(5));
  const plan = await planned({ aws });
  const { config } = applyContext({ aws });
  const strict = { ...config, guards: { ...WIDE, per_policy: 2 } };
  const journal = new MemoryJournal();
  const [begun] = plan.items;
  if (begun === undefined) throw new Error("no items");
  const digest = (await apply({ ...plan, items: [] }, { aws })).plan;
  journal.records.push({ record: "intent", at: NOW, run: "run-0", plan: digest, approval: "", item: begun });
  const { counts, outcomes } = await apply(plan, { aws }, { config: strict, journal });
  expect(counts).toMatchObject({ applied: 3, capped: 2 });
  expect(outcomes.find(({ item }) => item === begun.id)?.outcome).toBe("applied");
});

test("an approval is used once, while a person may ask again", async () => {
  const aws = new FakeAws(buckets(1));
  const plan = await planned({ aws });
  const journal = new MemoryJournal();
  const reopen = () => {
    const [bucket] = aws.buckets;
    if (bucket !== undefined) bucket.Block = OPEN;
  };
  const once = async (approval: string, run: string) =>
    (await apply(plan, { aws }, { journal, approval, run })).outcomes[0];
  expect(await once("pull/12", "one")).toMatchObject({ outcome: "applied" });
  reopen();
  expect(await once("pull/12", "two")).toMatchObject({
    outcome: "already_ok",
    reason: "applied by run one already; an approval is used once",
  });
  expect(await once("pull/13", "three")).toMatchObject({ outcome: "applied" });
  reopen();
  expect(await once("", "four")).toMatchObject({ outcome: "applied" });
  reopen();
  expect(await once("", "five")).toMatchObject({ outcome: "applied" });
});

test("a stop that comes between waves leaves the rest not started, and written nowhere", async () => {
  const aws = new FakeAws(buckets(3));
  const plan = await planned({ aws });
  const journal = new MemoryJournal();
  const stopped = async () => (aws.sent.length > 0 ? "a freeze began" : undefined);
  const { counts, outcomes } = await apply(plan, { aws }, { stopped, journal });
  expect(counts).toMatchObject({ applied: 1, not_started: 2 });
  expect(outcomes.find(({ outcome }) => outcome === "not_started")?.reason).toBe("a freeze began");
  expect(journal.records.filter(({ record }) => record === "intent")).toHaveLength(1);
});

test("a change window that closes in the middle of a wave stops the rest of it, however large the wave is", async () => {
  const aws = new FakeAws(buckets(30));
  const plan = await planned({ aws });
  const journal = new MemoryJournal();
  const stopped = async () => (aws.sent.length >= 5 ? "the window closed" : undefined);
  const { counts } = await apply(plan, { aws }, { stopped, journal });
  expect(aws.sent).toHaveLength(5);
  expect(counts).toMatchObject({ applied: 5, not_started: 25 });
  // Intents that were written and came to nothing are closed: nothing was cut off.
  const open = new Set(journal.records.flatMap((one) => (one.record === "intent" ? [one.item.id] : [])));
  for (const one of journal.records) if (one.record === "outcome") open.delete(one.item);
  expect([...open]).toEqual([]);
});

test("a large plan has no more than four waves after its canary: each is a write of the journal", async () => {
  const aws = new FakeAws(buckets(240));
  const plan = await planned({ aws });
  const journal = new MemoryJournal();
  const waves: number[] = [];
  journal.onAppend = (records) => {
    if (records[0]?.record === "intent") waves.push(records.length);
  };
  await apply(plan, { aws }, { journal });
  expect(waves[0]).toBe(1);
  expect(waves).toHaveLength(5);
  expect(waves.reduce((sum, one) => sum + one)).toBe(240);
});

test("each policy has its own canary, and a stopped one leaves the other alone", async () => {
  const aws = new FakeAws([...buckets(2), { Name: "c", Block: { BlockPublicAcls: true, BlockPublicPolicy: false } }]);
  const second = (TEXTS[POLICY] ?? "").replace("x_thing_blocked", "a_thing_first");
  const texts = {
    ...edit(POLICY, "check: |", "when: resource.Name != 'c'\ncheck: |"),
    "policies/second.yaml": second.replace("check: |", "when: resource.Name == 'c'\ncheck: |"),
  };
  const world = { aws, texts, entries: uses("x_thing_blocked", "a_thing_first") };
  const plan = await planned(world);
  expect(plan.items).toHaveLength(3);
  aws.afterWrite = (request) => {
    const bucket = aws.buckets.find(({ Name }) => Name === request.input["Bucket"]);
    if (bucket !== undefined && bucket.Name !== "c") bucket.Block = OPEN;
  };
  const { outcomes } = await apply(plan, world);
  const of = (policy: string) =>
    outcomes
      .filter((one) => one.policy === policy)
      .map(({ outcome }) => outcome)
      .sort();
  expect(of("a_thing_first")).toEqual(["applied"]);
  expect(of("x_thing_blocked")).toEqual(["not_started", "verify_failed"]);
});
