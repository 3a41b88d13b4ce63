import { expect, test } from "vitest";
import { applyPlan } from "../../src/apply/apply.ts";
import { undoPlan } from "../../src/apply/undo.ts";
import { readPlan, writePlan } from "../../src/plan/file.ts";
import type { JournalRecord } from "../../src/types/outcome.ts";
import type { Plan, PlanItem, PlannedCall } from "../../src/types/plan.ts";
import { FakeAws } from "../support/catalogue-aws.ts";
import { load, TEXTS } from "../support/catalogue-texts.ts";
import { apply, applyContext, MemoryJournal, NOW, planned } from "../support/catalogue-world.ts";

const OPEN = { BlockPublicAcls: false, BlockPublicPolicy: false };
const CLOSED = { BlockPublicAcls: true, BlockPublicPolicy: true };
const INPUT = { scope: "undo", now: NOW, ttl: "7d", engine: "0", catalogue: "c".repeat(64), commit: "" };

function undoOf(records: readonly JournalRecord[], select: Parameters<typeof undoPlan>[1] = () => true): Plan {
  return readPlan("u", writePlan(undoPlan(records, select, load(TEXTS).catalogue, INPUT)));
}

async function applied() {
  const aws = new FakeAws([{ Name: "a", Block: OPEN }, { Name: "b" }]);
  const journal = new MemoryJournal();
  const plan = await planned({ aws });
  await apply(plan, { aws }, { journal });
  const redo = async () => apply(await planned({ aws }), { aws }, { journal });
  const undo = async () => applyPlan(undoOf(journal.records), applyContext({ aws }, { journal }));
  return { aws, journal, plan, redo, undo };
}

test("what was applied can be taken back: the old values, and what was not there is gone", async () => {
  const { aws, journal, plan, undo } = await applied();
  const back = undoOf(journal.records);
  expect(back.header).toMatchObject({ kind: "undo", held: [] });
  expect(back.items).toHaveLength(2);
  const first = back.items.find(({ resource }) => resource.id === "a");
  const original = plan.items.find(({ resource }) => resource.id === "a");
  expect(first).toMatchObject({ undoes: original?.id, before: { Block: CLOSED }, after: { Block: OPEN }, undo: [] });
  expect(first?.id).not.toBe(original?.id);
  expect(first?.fingerprint).not.toBe(original?.fingerprint);
  expect((await undo()).counts.undone).toBe(2);
  expect(aws.buckets.map(({ Block }) => Block)).toEqual([OPEN, undefined]);
});

test("what others changed since is not overwritten", async () => {
  const { aws, undo } = await applied();
  const [bucket] = aws.buckets;
  if (bucket !== undefined) bucket.Block = { ...CLOSED, IgnorePublicAcls: true };
  const { counts } = await undo();
  expect(counts).toMatchObject({ stale: 1, undone: 1 });
  expect(bucket?.Block).toEqual({ ...CLOSED, IgnorePublicAcls: true });
});

test("what was taken back is held; applied anew, it can be taken back anew", async () => {
  const { aws, journal, undo, redo } = await applied();
  await undo();
  const again = undoOf(journal.records);
  expect(again.items).toEqual([]);
  expect(again.header.held.map(({ reason }) => reason)).toEqual(["taken back already", "taken back already"]);
  expect((await redo()).counts.applied).toBe(2);
  expect(undoOf(journal.records).items).toHaveLength(2);
  expect((await undo()).counts.undone).toBe(2);
  expect(aws.buckets.map(({ Block }) => Block)).toEqual([OPEN, undefined]);
});

test("of an item that was applied twice, the last application is taken back", async () => {
  const { aws, journal, redo } = await applied();
  const [bucket] = aws.buckets;
  const between = { BlockPublicAcls: true, BlockPublicPolicy: false };
  if (bucket !== undefined) bucket.Block = between;
  await redo();
  const items = undoOf(journal.records).items.filter(({ resource }) => resource.id === "a");
  expect(items.map(({ after }) => after)).toEqual([{ Block: between }]);
});

test("a plan that was applied again after another one is the last", async () => {
  const { aws, journal, plan, redo } = await applied();
  const [bucket] = aws.buckets;
  const between = { BlockPublicAcls: true, BlockPublicPolicy: false };
  if (bucket !== undefined) bucket.Block = between;
  await redo();
  if (bucket !== undefined) bucket.Block = OPEN;
  expect((await apply(plan, { aws }, { journal })).counts.applied).toBe(1);
  const items = undoOf(journal.records).items.filter(({ resource }) => resource.id === "a");
  expect(items.map(({ after }) => after)).toEqual([{ Block: OPEN }]);
});

test("`select` chooses items and plans", async () => {
  const { journal, plan } = await applied();
  const [first] = plan.items;
  expect(undoOf(journal.records, ({ id }) => id === first?.id).items.map(({ undoes }) => undoes)).toEqual([first?.id]);
  expect(undoOf(journal.records, (_, digest) => digest === "other")).toMatchObject({ items: [], header: { held: [] } });
});

/** The records of one item, edited as if its run had gone otherwise. */
async function edited(edit: (record: JournalRecord) => JournalRecord): Promise<Plan> {
  const { journal, plan } = await applied();
  const id = plan.items[0]?.id;
  return undoOf(journal.records.map(edit), (item) => item.id === id);
}

test("what cannot be taken back is held, and says why", async () => {
  const reason = async (edit: (record: JournalRecord) => JournalRecord) => {
    const { items, header } = await edited(edit);
    expect(items).toEqual([]);
    return header.held.map(({ outcome, reason: words }) => [outcome, words]);
  };
  const lacking = "the journal does not hold everything its undo needs; take it back by hand";
  const withItem = (more: object) => (one: JournalRecord) =>
    one.record === "intent" ? { ...one, item: { ...one.item, ...more } } : one;
  expect(await reason(withItem({ undo: [], undo_note: "It is gone." }))).toEqual([["blocked", "It is gone."]]);
  expect(await reason(withItem({ undo: [] }))).toEqual([["blocked", "the remediation has no undo"]]);
  const without = (one: JournalRecord): JournalRecord => {
    if (one.record !== "outcome") return one;
    const { after: _, ...rest } = one;
    return rest;
  };
  expect(await reason(without)).toEqual([["blocked", lacking]]);
  const after = (more: object) => (one: JournalRecord) =>
    one.record === "outcome" && one.after !== undefined ? { ...one, after: { ...one.after, ...more } } : one;
  expect(await reason(after({ undo: [] }))).toEqual([["blocked", lacking]]);
  expect(await reason(after({ fingerprint: "" }))).toEqual([["blocked", lacking]]);
  const type = (one: JournalRecord): JournalRecord =>
    one.record === "intent"
      ? { ...one, item: { ...one.item, resource: { ...one.item.resource, type: "x.gone" } } }
      : one;
  expect(await reason(type)).toEqual([["blocked", "the catalogue has no type x.gone"]]);
});

test("items that ended otherwise have nothing to take back", async () => {
  const { items, header } = await edited((one) => (one.record === "outcome" ? { ...one, outcome: "failed" } : one));
  expect([items, header.held]).toEqual([[], []]);
});

test("bindings of the undo are filled in from what the steps gave; those on undo steps stay bound", async () => {
  const aws = new FakeAws([{ Name: "a", Block: OPEN }]);
  const plan = await planned({ aws });
  const [item] = plan.items;
  if (item === undefined) throw new Error("nothing planned");
  const call = (step: string, bind: Record<string, string>): PlannedCall => ({
    step,
    call: "s3:DeletePublicAccessBlock",
    params: { Bucket: "a" },
    bind,
  });
  const undo = [
    call("back.0", { "/A": "steps.made.Id" }),
    call("undo2", { "/B": "steps.back.map(b, b.Id)", "/C": "steps.made_too.Id" }),
    call("ma", { "/D": "steps.made.Id" }),
  ];
  // The undo is taken from the journal's own item, whose calls are those that the catalogue makes.
  const journal = new MemoryJournal();
  const digest = (await apply({ ...plan, items: [] }, { aws })).plan;
  const base = { at: NOW, run: "r0", plan: digest, approval: "" };
  journal.records.push({ record: "intent", ...base, item });
  for (const step of ["made", "made_too"])
    journal.records.push({
      record: "step",
      ...base,
      item: item.id,
      step,
      output: { Id: `id-${step}` },
      request_id: "",
    });
  const [bucket] = aws.buckets;
  if (bucket !== undefined) bucket.Block = CLOSED;
  await apply({ ...plan, items: [{ ...item, undo }] }, { aws }, { journal });
  const last = journal.records.at(-1);
  expect(last?.record === "outcome" ? last.after?.undo : undefined).toEqual([
    { step: "back.0", call: "s3:DeletePublicAccessBlock", params: { Bucket: "a", A: "id-made" } },
    {
      step: "undo2",
      call: "s3:DeletePublicAccessBlock",
      params: { Bucket: "a", C: "id-made_too" },
      bind: { "/B": "steps.back.map(b, b.Id)" },
    },
    { step: "ma", call: "s3:DeletePublicAccessBlock", params: { Bucket: "a", D: "id-made" } },
  ]);
});

test("what a killed run may have changed is told, and is no item", async () => {
  const { journal, plan } = await applied();
  const cut = plan.items[0]?.id ?? "";
  const records = journal.records.filter((record) => !(record.record === "outcome" && record.item === cut));
  const { items, header } = undoOf(records);
  expect(items).toHaveLength(1);
  expect(header.held).toMatchObject([{ id: cut, outcome: "blocked", reason: expect.stringContaining("was cut off") }]);
  expect(undoOf(records, () => false).header.held).toEqual([]);
});

/** A journal that somebody else wrote to: intent and outcome agree with each other, and the undo with both. */
async function forged(edit: (calls: readonly PlannedCall[], item: PlanItem) => Partial<PlanItem>) {
  const { aws, journal } = await applied();
  const records = journal.records.map((record): JournalRecord => {
    if (record.record === "intent")
      return { ...record, item: { ...record.item, ...edit(record.item.undo, record.item) } };
    const of = journal.records.find((one) => one.record === "intent" && one.item.id === record.item);
    if (record.record !== "outcome" || record.after === undefined || of?.record !== "intent") return record;
    return { ...record, after: { ...record.after, undo: edit(of.item.undo, of.item).undo ?? record.after.undo } };
  });
  journal.records.splice(0, Infinity, ...records);
  const before = aws.buckets.map(({ Block }) => Block);
  const ended = await applyPlan(undoOf(journal.records), applyContext({ aws }, { journal }));
  return { ended, untouched: JSON.stringify(before) === JSON.stringify(aws.buckets.map(({ Block }) => Block)) };
}

const call = (name: string, params: PlannedCall["params"]) => (calls: readonly PlannedCall[]) => ({
  undo: calls.map((one) => ({ ...one, call: name, params })),
});

test.each<[string, Parameters<typeof forged>[0]]>([
  ["another call", call("s3:DeleteBucket", { Bucket: "a" })],
  ["another resource", (calls) => ({ undo: calls.map((one) => ({ ...one, params: { ...one.params, Bucket: "c" } })) })],
  ["one call more", (calls) => ({ undo: [...calls, ...calls.map((one) => ({ ...one, step: "more" }))] })],
  [
    "a step of another name",
    () => ({ undo: [{ step: "undo3", call: "s3:DeletePublicAccessBlock", params: { Bucket: "a" } }] }),
  ],
  ["a fingerprint over nothing", () => ({ covers: [] })],
  ["other fields", () => ({ fields: [], before: {} })],
  ["a deletion that was none", () => ({ deletes: true })],
  ["a remediation that is not there", () => ({ remediation: "x.gone" })],
  ["a write that calls itself a read", (calls) => ({ undo: calls.map((one) => ({ ...one, reads: true as const })) })],
])("a journal that others wrote to brings about no undo that the catalogue has not: %s", async (_, edit) => {
  const { ended, untouched } = await forged(edit);
  expect(ended.counts).toMatchObject({ blocked: 2, undone: 0 });
  expect(untouched).toBe(true);
});

test("what was applied for a policy that is gone since is taken back all the same: the remediation says how", async () => {
  const { ended } = await forged(() => ({ policy: "x_gone" }));
  expect(ended.counts).toMatchObject({ undone: 2, blocked: 0 });
});
