import { expect, test } from "vitest";
import { confirmationLine, readPlan, writePlan } from "../../src/plan/file.ts";
import type { Plan } from "../../src/types/plan.ts";
import { type Bucket, FakeAws } from "../support/catalogue-aws.ts";
import { edit, REMEDIATION } from "../support/catalogue-texts.ts";
import { apply, MemoryJournal, ONE, planned, uses } from "../support/catalogue-world.ts";
import { exception } from "../support/exceptions.ts";

const OPEN = { BlockPublicAcls: false, BlockPublicPolicy: false };
const BUCKETS: readonly Bucket[] = [
  { Name: "a", Block: OPEN },
  { Name: "b", Block: OPEN },
];
const approval = "commit/1";

/** Two destructive items, whose plan has been through its file with these confirmations. */
async function destructive(...confirmed: readonly string[]) {
  const texts = edit(REMEDIATION, "risk: disruptive", "risk: destructive");
  const world = { aws: new FakeAws(BUCKETS), texts, entries: `${ONE}    allow_destructive: true\n` };
  const plan = await planned(world);
  expect(plan.items.map(({ risk }) => risk)).toEqual(["destructive", "destructive"]);
  return { world, plan: readPlan("p", writePlan({ ...plan, confirmed })) };
}

function itemOf({ items }: Plan, name: string) {
  const item = items.find(({ resource }) => resource.id === name);
  if (item === undefined) throw new Error(name);
  return item;
}

test("under an approval only what somebody confirmed by name is done; the rest is blocked with the line to add, and not journaled", async () => {
  const { world, plan } = await destructive("arn:aws:s3:::a");
  const journal = new MemoryJournal();
  const { outcomes, counts } = await apply(plan, world, { approval, journal });
  expect(world.aws.sent).toEqual(["s3:PutPublicAccessBlock a"]);
  expect(counts).toMatchObject({ applied: 1, blocked: 1 });
  const blocked = itemOf(plan, "b");
  expect(outcomes.find(({ item }) => item === blocked.id)).toMatchObject({
    outcome: "blocked",
    reason: "it is destructive, and nobody confirmed it by name",
    next: expect.stringContaining("let somebody else approve"),
    add: confirmationLine("arn:aws:s3:::b"),
  });
  expect(JSON.stringify(journal.records)).not.toContain(blocked.id);
  // The same plan confirmed whole, under the approval of that.
  const whole = { ...plan, confirmed: ["arn:aws:s3:::a", "b"] };
  const after = await apply(whole, world, { approval: "commit/2", journal });
  expect(after.counts).toMatchObject({ applied: 1, already_ok: 1, blocked: 0 });
  expect(world.aws.sent).toEqual(["s3:PutPublicAccessBlock a", "s3:PutPublicAccessBlock b"]);
});

test("a person at a terminal is asked for no line", async () => {
  const { world, plan } = await destructive();
  expect((await apply(plan, world)).counts).toMatchObject({ applied: 2, blocked: 0 });
});

test("what an exception covers or no policy asks for any more needs no line to be told so", async () => {
  const { world, plan } = await destructive();
  const exceptions = [exception({ resource: "a" })];
  const spared = await apply(plan, world, { approval, exceptions });
  expect(spared.counts).toMatchObject({ excepted: 1, blocked: 1 });
  const gone = await apply(plan, { ...world, entries: ONE }, { approval });
  expect(gone.counts).toMatchObject({ policy_gone: 2 });
});

test("what is not destructive needs no line", async () => {
  const world = { aws: new FakeAws(BUCKETS), entries: uses("x_thing_blocked") };
  const plan = await planned(world);
  expect((await apply(plan, world, { approval })).counts).toMatchObject({ applied: 2, blocked: 0 });
});

test("at a terminal nothing is asked for by name; in a job that was told which file to apply, it is", async () => {
  const { world, plan } = await destructive();
  const { counts } = await apply(plan, world, { approval: "", unattended: true });
  expect(counts).toMatchObject({ blocked: 2 });
  expect(world.aws.sent).toEqual([]);
  expect((await apply(plan, world, { approval: "" })).counts).toMatchObject({ applied: 2 });
});
