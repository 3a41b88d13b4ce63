import { expect, test } from "vitest";
import type { PlanItem } from "../../src/types/plan.ts";
import { FakeAws, refused } from "../support/catalogue-aws.ts";
import { edit, REMEDIATION, TEXTS } from "../support/catalogue-texts.ts";
import { apply, MemoryJournal, NOW, planned, TestClock } from "../support/catalogue-world.ts";

const OPEN = { BlockPublicAcls: false, BlockPublicPolicy: false };
const CLOSED = { BlockPublicAcls: true, BlockPublicPolicy: true };

async function world(texts = TEXTS) {
  const aws = new FakeAws([{ Name: "a", Block: OPEN }]);
  const plan = await planned({ aws, texts });
  const [bucket] = aws.buckets;
  const [item] = plan.items;
  if (bucket === undefined || item === undefined) throw new Error("nothing planned");
  const journal = new MemoryJournal();
  const clock = new TestClock();
  const run = async (more = {}) => (await apply(plan, { aws, texts }, { journal, clock, ...more })).outcomes[0];
  /** As a killed run leaves it: an intent and no outcome. */
  const begin = async (at = NOW) => {
    const { plan: digest } = await apply({ ...plan, items: [] }, { aws });
    journal.records.push({ record: "intent", at, run: "run-0", plan: digest, approval: "", item });
  };
  return { aws, plan, bucket, item, journal, clock, run, begin };
}

function undoOf(journal: MemoryJournal) {
  const last = journal.records.at(-1);
  return last?.record === "outcome" ? last.after : undefined;
}

test("applied: read, compare, call, read again; the journal holds what undo needs", async () => {
  const { run, journal, item, aws } = await world();
  expect(await run()).toMatchObject({
    outcome: "applied",
    reason: "every call was made, and reading again confirms it",
  });
  expect(undoOf(journal)).toEqual({
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    fields: { Block: CLOSED },
    undo: [
      { step: "undo2", call: "s3:PutPublicAccessBlock", params: { Bucket: "a", PublicAccessBlockConfiguration: OPEN } },
    ],
  });
  expect(undoOf(journal)?.fingerprint).not.toBe(item.fingerprint);
  expect(aws.sent).toHaveLength(1);
});

test("already as it should be: no call is made", async () => {
  const { run, bucket, aws } = await world();
  bucket.Block = CLOSED;
  expect(await run()).toMatchObject({ outcome: "already_ok" });
  expect(aws.sent).toEqual([]);
});

test("stale: whatever the fingerprint covers has changed, with what and how", async () => {
  const changed = await world();
  changed.bucket.Block = { ...OPEN, IgnorePublicAcls: true };
  expect(await changed.run()).toMatchObject({
    outcome: "stale",
    reason: expect.stringContaining("changed since the plan was made: Block (now {"),
    drift: { Block: { planned_from: OPEN, now: { ...OPEN, IgnorePublicAcls: true } } },
  });
  const tagged = await world();
  tagged.bucket.Tags = { owner: "x" };
  expect(await tagged.run()).toMatchObject({
    outcome: "stale",
    reason: expect.stringContaining("something in Block, Tags"),
  });
  const gone = await world();
  gone.aws.buckets.length = 0;
  expect(await gone.run()).toMatchObject({ outcome: "stale", reason: "the resource is gone" });
  const other = await world();
  other.bucket.CreationDate = "2025-05-05T00:00:00.000Z";
  expect(await other.run()).toMatchObject({
    outcome: "stale",
    reason: expect.stringContaining("another resource has its name"),
  });
  for (const { aws } of [changed, tagged, gone, other]) expect(aws.sent).toEqual([]);
});

test("unknown: what cannot be read before is not touched", async () => {
  const { run, aws } = await world();
  aws.spoil = (request) => {
    if (request.operation === "GetBucketTagging") throw refused("denied", "AccessDenied", request);
  };
  expect(await run()).toMatchObject({
    outcome: "unknown",
    reason: expect.stringContaining("`resource.Tags` could not be read"),
  });
  expect(aws.sent).toEqual([]);
});

test("a forged item makes no call: what the catalogue would do is derived anew", async () => {
  const { aws, plan, item } = await world();
  const forged: PlanItem = {
    ...item,
    calls: [{ step: "step1", call: "s3:DeletePublicAccessBlock", params: { Bucket: "a" } }],
  };
  const { outcomes } = await apply({ ...plan, items: [forged] }, { aws });
  expect(outcomes).toMatchObject([{ outcome: "stale" }]);
  expect(aws.sent).toEqual([]);
});

test("a change that shows late is waited for, one that never shows is said after `settles`", async () => {
  const late = await world();
  late.aws.afterWrite = () => {
    const { Block } = late.bucket;
    late.bucket.Block = OPEN;
    const { sleep } = late.clock;
    late.clock.sleep = async (ms) => {
      await sleep.call(late.clock, ms);
      if (late.clock.slept.length === 3 && Block !== undefined) late.bucket.Block = Block;
    };
  };
  expect(await late.run()).toMatchObject({ outcome: "applied" });
  expect(late.clock.slept).toEqual([250, 500, 1000]);
  const never = await world();
  never.aws.afterWrite = () => {
    never.bucket.Block = OPEN;
  };
  expect(await never.run()).toMatchObject({
    outcome: "verify_failed",
    reason: "every call was accepted, but after 30s the change does not show",
  });
  const waited = never.clock.slept.reduce((sum, ms) => sum + ms, 0);
  expect(waited).toBeGreaterThan(20_000);
  expect(waited).toBeLessThanOrEqual(30_000);
});

test("`settles` says how long a change is waited for", async () => {
  const { run, aws, bucket, clock } = await world(edit(REMEDIATION, "cost: none", "cost: none\nsettles: 3m"));
  aws.afterWrite = () => {
    bucket.Block = OPEN;
  };
  expect((await run())?.reason).toContain("but after 3m the change does not show");
  expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(170_000);
});

test("an answer that is lost: done is recognised, not done is tried once more, neither is unknown", async () => {
  const done = await world();
  done.aws.afterWrite = (request) => {
    throw refused("timeout", "TimeoutError", request, true);
  };
  expect(await done.run()).toMatchObject({
    outcome: "applied",
    reason: "the answer was lost; reading shows that it was done",
  });
  expect(done.aws.sent).toHaveLength(1);
  expect(undoOf(done.journal)?.undo).toHaveLength(1);
  const lost = await world();
  lost.aws.spoil = (request, count) => {
    if (request.operation === "PutPublicAccessBlock" && count === 1)
      throw refused("timeout", "TimeoutError", request, true);
  };
  expect(await lost.run()).toMatchObject({ outcome: "applied" });
  expect(lost.aws.counts.get("s3:PutPublicAccessBlock")).toBe(2);
  const dead = await world();
  dead.aws.spoil = (request) => {
    if (request.operation === "PutPublicAccessBlock") throw refused("timeout", "TimeoutError", request, true);
  };
  expect(await dead.run()).toMatchObject({
    outcome: "unknown",
    reason: expect.stringContaining("reading shows no change yet"),
  });
  expect(dead.aws.counts.get("s3:PutPublicAccessBlock")).toBe(2);
  const other = await world();
  other.aws.afterWrite = (request) => {
    other.bucket.Block = { BlockPublicAcls: true, BlockPublicPolicy: false };
    throw refused("timeout", "TimeoutError", request, true);
  };
  expect(await other.run()).toMatchObject({
    outcome: "unknown",
    reason: expect.stringContaining("the resource is neither as before nor as planned"),
  });
  expect(other.aws.sent).toHaveLength(1);
});

test("denied and failed tell AWS's words and the remedy, and are not tried again", async () => {
  const { run, aws } = await world();
  aws.spoil = (request) => {
    if (request.operation === "PutPublicAccessBlock") throw refused("denied", "AccessDenied", request);
  };
  expect(await run()).toMatchObject({
    outcome: "denied",
    reason: expect.stringContaining("AccessDenied"),
    next: "allow s3:PutPublicAccessBlock",
  });
  expect(aws.counts.get("s3:PutPublicAccessBlock")).toBe(1);
});

test("a run that was killed after its change is finished without a second call, and can be taken back", async () => {
  const { run, begin, bucket, aws, journal } = await world();
  await begin();
  bucket.Block = CLOSED;
  expect(await run()).toMatchObject({ outcome: "applied", reason: expect.stringContaining("cut off") });
  expect(aws.sent).toEqual([]);
  expect(undoOf(journal)?.undo).toHaveLength(1);
});

test("a run that was killed before its change is made up for, and one that is long past loses no undo", async () => {
  const fresh = await world();
  await fresh.begin();
  expect(await fresh.run()).toMatchObject({ outcome: "applied" });
  const old = await world();
  await old.begin("2026-01-01T05:00:00.000Z");
  old.bucket.Block = CLOSED;
  // The next run may be tomorrow's; that the change was made, nobody else writes down.
  expect(await old.run()).toMatchObject({ outcome: "applied", reason: expect.stringContaining("or by somebody else") });
  expect(old.aws.sent).toEqual([]);
  expect(undoOf(old.journal)?.undo).toHaveLength(1);
});

test("without its journal a run stops, and makes up no outcome", async () => {
  const { run, journal, aws } = await world();
  journal.onAppend = () => {
    throw new Error("disk full");
  };
  await expect(run()).rejects.toThrow("disk full");
  expect(aws.sent).toEqual([]);
});
