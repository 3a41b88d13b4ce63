import { expect, test } from "vitest";
import { undoPlan } from "../../src/apply/undo.ts";
import type { Exception } from "../../src/types/exception.ts";
import { FakeAws, refused } from "../support/catalogue-aws.ts";
import { edit, load, REMEDIATION, type Texts } from "../support/catalogue-texts.ts";
import { apply, MemoryJournal, NOW, planned, TestClock } from "../support/catalogue-world.ts";
import { exception } from "../support/exceptions.ts";

const TEXTS: Texts = edit(
  REMEDIATION,
  `refuse:\n  - when: '"keep" in resource.Tags'\n    because: It is to be kept.\n`,
  "",
);
const world = () => ({
  aws: new FakeAws([
    { Name: "logs", Tags: { stage: "old" } },
    { Name: "data", Tags: { stage: "new" } },
  ]),
  texts: TEXTS,
});

/** What an approved plan for both buckets does, where these exceptions stand by the time it is applied. */
async function applied(exceptions: readonly Exception[], given = world(), more: Parameters<typeof apply>[2] = {}) {
  const plan = await planned(given);
  expect(plan.items).toHaveLength(2);
  given.aws.log.length = 0;
  const { outcomes, counts } = await apply(plan, given, { exceptions, ...more });
  const ended = Object.fromEntries(outcomes.map((one) => [one.resource, one]));
  return { ended, counts, sent: given.aws.sent, log: given.aws.log };
}

test("an exception that came after the approval wins: the item is not touched, not even read", async () => {
  const journal = new MemoryJournal();
  const { ended, counts, sent, log } = await applied([exception({ resource: "logs" })], world(), { journal });
  expect(ended["logs"]).toMatchObject({
    outcome: "excepted",
    reason: "excepted until 2026-03-01 by team-a: the vendor's bucket, replaced in spring [exceptions/a.yaml:1]",
  });
  expect(ended["data"]?.outcome).toBe("applied");
  expect(counts).toMatchObject({ excepted: 1, applied: 1 });
  expect(sent).toEqual(["s3:PutPublicAccessBlock data"]);
  expect(log.filter((line) => line.endsWith(" logs"))).toEqual([]);
  expect(journal.records.map((one) => (one.record === "intent" ? one.item.resource.id : one.record))).toEqual([
    "data",
    "outcome",
  ]);
});

test("an expired exception, one of another policy or account, and one that no longer stands keep nothing", async () => {
  const none = [
    exception({ resource: "logs" }, { expires: "2025-12-31" }),
    exception({ resource: "logs" }, { policy: "x_other" }),
    exception({ account: "222222222222" }),
    exception({ tag: { stage: "older" } }),
  ];
  expect((await applied(none)).counts).toMatchObject({ applied: 2, excepted: 0 });
  expect((await applied([])).counts).toMatchObject({ applied: 2, excepted: 0 });
});

test("the clock of the apply counts, not that of the plan", async () => {
  const clock = new TestClock();
  clock.ms = Date.parse("2026-01-03T00:00:00.000Z");
  const ended = exception({ account: "111111111111" }, { expires: "2026-01-02" });
  expect((await applied([ended], world(), { clock })).counts).toMatchObject({ applied: 2 });
  expect((await applied([ended])).counts).toMatchObject({ excepted: 2 });
});

test("tags are read as they are now", async () => {
  const given = world();
  const plan = await planned(given);
  const [bucket] = given.aws.buckets;
  if (bucket !== undefined) bucket.Tags = { stage: "ancient" };
  const { outcomes } = await apply(plan, given, { exceptions: [exception({ tag: { stage: "ancient" } })] });
  expect(Object.fromEntries(outcomes.map(({ resource, outcome }) => [resource, outcome]))).toEqual({
    logs: "excepted",
    data: "applied",
  });
  expect(given.aws.sent).toEqual(["s3:PutPublicAccessBlock data"]);
});

test("where the tags cannot be read the outcome is unknown, and nothing is written", async () => {
  const given = world();
  given.aws.spoil = (request) => {
    if (request.operation === "GetBucketTagging" && request.input["Bucket"] === "logs")
      throw refused("denied", "AccessDenied", request);
  };
  const { ended, sent } = await applied([exception({ tag: { stage: "older" } })], given);
  expect(ended["logs"]).toMatchObject({ outcome: "unknown", reason: expect.stringContaining("exceptions/a.yaml:1") });
  expect(ended["data"]?.outcome).toBe("applied");
  expect(sent).toEqual(["s3:PutPublicAccessBlock data"]);
});

test("an account that cannot be entered is no reason to take its items for not excepted", async () => {
  const given = world();
  const plan = await planned(given);
  let entries = 0;
  given.aws.onEnter = () => {
    entries += 1;
    if (entries <= plan.items.length) throw new Error("try again");
  };
  const { counts } = await apply(plan, given, { exceptions: [exception({ tag: { stage: "older" } })] });
  expect(counts).toMatchObject({ unknown: 2, applied: 0 });
  expect(given.aws.sent).toEqual([]);
});

test("an item that a killed run began is not touched either; what it began can be finished once the exception is gone", async () => {
  const given = world();
  const plan = await planned(given);
  const journal = new MemoryJournal();
  given.aws.afterWrite = () => {
    given.aws.afterWrite = () => undefined;
    journal.onAppend = () => {
      throw new Error("killed");
    };
  };
  await expect(apply(plan, given, { journal })).rejects.toThrow("killed");
  journal.onAppend = () => undefined;
  const begun = given.aws.sent[0]?.split(" ")[1] ?? "";
  const open = exception({ resource: begun });
  const second = await apply(plan, given, { journal, exceptions: [open] });
  const outcome = second.outcomes.find(({ resource }) => resource === begun);
  expect(outcome).toMatchObject({ outcome: "excepted", reason: expect.stringContaining("was cut off") });
  expect(given.aws.sent.filter((line) => line.endsWith(begun))).toHaveLength(1);
  const third = await apply(plan, given, { journal });
  expect(third.outcomes.find(({ resource }) => resource === begun)?.outcome).toBe("applied");
  expect(given.aws.sent.filter((line) => line.endsWith(begun))).toHaveLength(1);
});

test("an undo is no fix: no exception holds it back", async () => {
  const given = world();
  const journal = new MemoryJournal();
  await apply(await planned(given), given, { journal });
  const fixed = { scope: "u", now: NOW, ttl: "7d", engine: "0", catalogue: "c", commit: "" };
  const undo = undoPlan(journal.records, () => true, load(TEXTS).catalogue, fixed);
  expect(undo.items).toHaveLength(2);
  const exceptions = [exception({ account: "111111111111" })];
  expect((await apply(undo, given, { journal, exceptions })).counts).toMatchObject({ undone: 2, excepted: 0 });
});
