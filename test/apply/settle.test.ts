import { expect, test } from "vitest";
import { type LeftOpen, leftOpen, MOST_SETTLED, type SettleContext, settle } from "../../src/apply/settle.ts";
import { undoPlan } from "../../src/apply/undo.ts";
import { planDigest } from "../../src/plan/file.ts";
import type { OutcomeCode } from "../../src/types/outcome.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { FakeAws, refused } from "../support/catalogue-aws.ts";
import { load, TEXTS } from "../support/catalogue-texts.ts";
import { apply, applyContext, MemoryJournal, NOW, planned, TestClock } from "../support/catalogue-world.ts";

const OPEN = { BlockPublicAcls: false, BlockPublicPolicy: false };
const CLOSED = { BlockPublicAcls: true, BlockPublicPolicy: true };
const APPROVAL = "policies at abc, 2026-01-01";
const AGO = "2026-01-01T05:00:00.000Z";
const INPUT = { scope: "undo", now: NOW, ttl: "7d", engine: "0", catalogue: "c".repeat(64), commit: "" };
const never = () => false;

async function world() {
  const aws = new FakeAws([{ Name: "a", Block: OPEN }]);
  const plan = await planned({ aws });
  const [bucket] = aws.buckets;
  const [item] = plan.items;
  if (bucket === undefined || item === undefined) throw new Error("nothing planned");
  const digest = planDigest(plan.header);
  const journal = new MemoryJournal();
  const clock = new TestClock();
  const key = { run: "run-0", plan: digest, approval: APPROVAL };
  const intent = (at = AGO, more: Partial<typeof key> = {}, of: PlanItem = item) =>
    journal.records.push({ record: "intent", at, ...key, ...more, item: of });
  const outcome = (code: OutcomeCode, more: Partial<typeof key> = {}) =>
    journal.records.push({ record: "outcome", at: AGO, ...key, ...more, item: item.id, outcome: code, reason: "" });
  const find = (goesOn = (_: { plan: string; approval: string }) => false) =>
    leftOpen(journal.records, goesOn, clock.now());
  // Without the writer that the world has: a call of it would be an error.
  const { writer: _, ...doors } = applyContext({ aws }, { journal, clock });
  const context: SettleContext = { ...doors, hold: async () => undefined };
  const run = async (left: readonly LeftOpen[] = find(), more: Partial<SettleContext> = {}) =>
    settle(left, { ...context, ...more });
  const undo = () => undoPlan(journal.records, () => true, load(TEXTS).catalogue, INPUT);
  return { aws, plan, bucket, item, digest, journal, clock, intent, outcome, find, run, undo };
}

test("found done: written under its own plan and approval, and its undo can be planned, without a call that writes", async () => {
  const { aws, bucket, digest, item, intent, run, undo, find, journal } = await world();
  intent();
  bucket.Block = CLOSED;
  expect(undo().items).toEqual([]);
  const { written } = await run();
  expect(written).toMatchObject([
    { outcome: "applied", plan: digest, approval: APPROVAL, item: item.id, run: "run-1" },
  ]);
  expect(written[0]?.reason).toContain("found done");
  expect(journal.records.slice(1)).toEqual(written);
  expect(undo().items).toMatchObject([{ undoes: item.id, before: { Block: CLOSED }, after: { Block: OPEN } }]);
  expect(aws.sent).toEqual([]);
  expect(find()).toEqual([]);
});

test("untouched is not started, and somebody else's doing is not ours", async () => {
  const untouched = await world();
  untouched.intent();
  expect((await untouched.run()).written).toMatchObject([{ outcome: "not_started" }]);
  const tagged = await world();
  tagged.intent();
  tagged.bucket.Tags = { owner: "x" };
  expect((await tagged.run()).written).toMatchObject([{ outcome: "stale" }]);
  const other = await world();
  other.intent();
  other.bucket.Block = { BlockPublicAcls: true, BlockPublicPolicy: false };
  expect((await other.run()).written).toMatchObject([
    { outcome: "unknown", reason: expect.stringContaining("neither as before nor as planned") },
  ]);
  const gone = await world();
  gone.intent();
  gone.aws.buckets.length = 0;
  expect((await gone.run()).written).toMatchObject([{ outcome: "stale", reason: "the resource is gone" }]);
  const again = await world();
  again.intent();
  again.bucket.CreationDate = "2025-05-05T00:00:00.000Z";
  expect((await again.run()).written).toMatchObject([
    { outcome: "stale", reason: expect.stringContaining("another resource has its name") },
  ]);
  for (const { written } of [await untouched.run(), await tagged.run()]) expect(written).toEqual([]);
  for (const { undo } of [untouched, tagged, other, gone, again]) expect(undo().items).toEqual([]);
});

test("a policy that is gone by now hides no change, and one that passes by now makes none", async () => {
  const gone = await world();
  gone.intent();
  gone.bucket.Block = CLOSED;
  expect((await gone.run(gone.find(), { policies: [] })).written).toMatchObject([{ outcome: "applied" }]);
  expect(gone.undo().items).toHaveLength(1);
  const loose = await world();
  const { policies } = applyContext({ aws: loose.aws });
  loose.intent();
  const passing = policies.map((one) => ({
    ...one,
    policy: {
      ...one.policy,
      check: { ...one.policy.check, evaluate: () => ({ kind: "value" as const, value: true }) },
    },
  }));
  expect((await loose.run(loose.find(), { policies: passing })).written).toMatchObject([{ outcome: "not_started" }]);
  loose.intent();
  loose.bucket.Tags = { owner: "x" };
  expect((await loose.run(loose.find(), { policies: passing })).written).toMatchObject([{ outcome: "stale" }]);
});

test("what cannot be read stays open, and keeps nothing else from being settled", async () => {
  const { aws, intent, run, find, journal } = await world();
  intent();
  aws.spoil = (request) => {
    if (request.operation === "GetBucketTagging") throw refused("denied", "AccessDenied", request);
  };
  const field = await run();
  expect(field).toMatchObject({ written: [], unread: [{ reason: expect.stringContaining("`resource.Tags`") }] });
  aws.spoil = (request) => {
    throw refused("denied", "AccessDenied", request);
  };
  expect(await run()).toMatchObject({ written: [], unread: [{ reason: expect.stringContaining("AccessDenied") }] });
  expect(find()).toHaveLength(1);
  expect(journal.records).toHaveLength(1);
  const lost = run(find(), {
    hold: async () => {
      throw new Error("another run has taken over");
    },
  });
  await expect(lost).rejects.toThrow("taken over");
});

test("an undo that was cut off: old values back are undone, as we left it is not started", async () => {
  const { aws, plan, bucket, journal, clock, find, run, undo } = await world();
  await apply(plan, { aws }, { journal, clock });
  const back = undo().items[0];
  if (back === undefined) throw new Error("nothing to take back");
  journal.records.push({ record: "intent", at: AGO, run: "run-0", plan: "f".repeat(64), approval: "", item: back });
  expect((await run()).written).toMatchObject([{ outcome: "not_started" }]);
  journal.records.push({ record: "intent", at: AGO, run: "run-0", plan: "f".repeat(64), approval: "", item: back });
  bucket.Block = OPEN;
  expect(find()).toHaveLength(1);
  expect((await run()).written).toMatchObject([{ outcome: "undone" }]);
  expect(undo().header.held).toMatchObject([{ reason: "taken back already" }]);
});

test("what came back as another resource is not told by looking", async () => {
  const { item, intent, run } = await world();
  intent(AGO, {}, { ...item, undoes: "x", fields: [] });
  expect((await run()).written).toMatchObject([{ outcome: "unknown", reason: expect.stringContaining("another") }]);
});

test("left open: old enough, without an outcome, and of nothing that goes on", async () => {
  const { digest, intent, outcome, find, clock, journal } = await world();
  intent("2026-01-01T11:50:00.000Z");
  expect(find()).toEqual([]);
  clock.ms += 6 * 60_000;
  expect(find()).toMatchObject([{ plan: digest, approval: APPROVAL, since: "2026-01-01T11:50:00.000Z" }]);
  expect(find(() => true)).toEqual([]);
  expect(find(({ plan, approval }) => plan === digest && approval === APPROVAL)).toEqual([]);
  // An approval after which the plan was approved anew is not taken up again.
  intent("2026-01-01T11:51:00.000Z", { approval: "commit/2" });
  expect(find(() => true)).toMatchObject([{ approval: APPROVAL }]);
  journal.records.pop();
  // A run that was heard of lately is not over, however long ago it began.
  const { item } = journal.records[0] ?? {};
  if (typeof item !== "object") throw new Error("no intent");
  const at = "2026-01-01T12:01:00.000Z";
  const step = { record: "step" as const, at, run: "run-0", plan: digest, approval: APPROVAL, item: item.id };
  journal.records.push({ ...step, step: "s", output: {}, request_id: "" });
  expect(find()).toEqual([]);
  journal.records.pop();
  outcome("failed");
  expect(find()).toEqual([]);
});

test("where a later plan changed the same, what is seen is that one's: its undo must not go back further", async () => {
  const { bucket, item, aws, intent, run, journal, undo, plan } = await world();
  intent(AGO, { plan: "e".repeat(64) }, { ...item, before: { Block: { BlockPublicAcls: true } } });
  await apply(plan, { aws }, { journal });
  expect(bucket.Block).toEqual(CLOSED);
  expect((await run()).written).toMatchObject([
    { plan: "e".repeat(64), outcome: "stale", reason: expect.stringContaining("took the same up since") },
  ]);
  expect(undo().items).toMatchObject([{ after: { Block: OPEN } }]);
});

test("where a later plan found nothing to do, the change is the first one's", async () => {
  const { bucket, digest, aws, intent, run, journal, undo, plan } = await world();
  intent();
  bucket.Block = CLOSED;
  expect((await apply(plan, { aws }, { journal, approval: "commit/1" })).counts.already_ok).toBe(1);
  expect((await run()).written).toMatchObject([{ plan: digest, approval: APPROVAL, outcome: "applied" }]);
  expect(undo().items).toHaveLength(1);
});

test("one run looks at so many at most; an account that cannot be entered takes none of them", async () => {
  const { aws, intent, find, run, item } = await world();
  const away = { ...item, account: "999999999999" };
  for (let n = 0; n < 60; n += 1) intent("2026-01-01T04:00:00.000Z", {}, { ...away, id: `away-${n}` });
  for (let n = 0; n < MOST_SETTLED + 3; n += 1) intent(AGO, {}, { ...item, id: `item-${n}` });
  aws.onEnter = (account) => {
    if (account === away.account) throw new Error("no such role");
  };
  const { written, unread, rest } = await run();
  expect(written.map(({ item: id }) => id)).toEqual(Array.from({ length: MOST_SETTLED }, (_, n) => `item-${n}`));
  expect(unread).toMatchObject([{ reason: "no such role", left: { item: { id: "away-0" } } }]);
  expect(rest).toBe(59 + 3);
  expect(find()).toHaveLength(63);
  expect(aws.sent).toEqual([]);
});

test("oldest first", async () => {
  const { intent, find } = await world();
  intent("2026-01-01T06:00:00.000Z", { plan: "b" });
  intent("2026-01-01T05:00:00.000Z", { plan: "a" });
  expect(find(never).map(({ plan }) => plan)).toEqual(["a", "b"]);
});
