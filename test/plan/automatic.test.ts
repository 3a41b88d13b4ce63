import { expect, test } from "vitest";
import type { EffectivePolicy } from "../../src/catalogue/compiled.ts";
import { automaticItems } from "../../src/plan/automatic.ts";
import type { JournalRecord } from "../../src/types/outcome.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { bucketItem, coverageOf, gap, planOf, volumeItem } from "../report/sample.ts";

const NOW = Date.parse("2026-03-10T12:00:00.000Z");
const DAY = 86_400_000;

const undoable = (number: number): PlanItem => ({ ...bucketItem(number), id: `${number}`.padStart(32, "0") });

/** What the rules ask of a policy is its ID, its account and its mode. */
function policies(items: readonly PlanItem[], mode: EffectivePolicy["mode"] = "automatic"): EffectivePolicy[] {
  return items.map(
    ({ policy, account }) =>
      ({ policy: { file: { id: policy } }, account: { id: account }, mode }) as unknown as EffectivePolicy,
  );
}

function run(items: readonly PlanItem[], more: Partial<Parameters<typeof automaticItems>[0]> = {}) {
  const { items: runs, held } = automaticItems({
    plan: planOf(items),
    policies: policies(items),
    reported: planOf(items),
    records: [],
    coverage: coverageOf([]),
    now: NOW,
    ...more,
  });
  return { runs: runs.map(({ id }) => id), held: held.map(({ reason }) => reason) };
}

function outcome(item: PlanItem, code: "applied" | "undone", daysAgo: number, plan = "p"): JournalRecord {
  const at = new Date(NOW - daysAgo * DAY).toISOString();
  return { record: "outcome", at, run: "r", plan, approval: "", item: item.id, outcome: code, reason: "" };
}

test("what two scans agree on runs by its policy's standing approval", () => {
  const items = [undoable(1), undoable(2)];
  expect(run(items)).toEqual({ runs: items.map(({ id }) => id), held: [] });
});

test("a policy of another mode is not looked at", () => {
  const items = [undoable(1)];
  expect(run(items, { policies: policies(items, "approve") })).toEqual({ runs: [], held: [] });
});

test("what the report before did not have, or had differently, waits", () => {
  const items = [undoable(1)];
  expect(run(items, { reported: undefined }).held).toEqual([expect.stringContaining("two scans must agree")]);
  const changed = planOf([{ ...undoable(1), fingerprint: "0".repeat(64) }]);
  expect(run(items, { reported: changed }).runs).toEqual([]);
});

test("what deletes, destroys or cannot be taken back never runs by itself", () => {
  expect(run([volumeItem(1)]).held).toEqual(["what deletes or destroys never runs by itself"]);
  expect(run([{ ...undoable(1), undo: [] }]).held).toEqual(["what cannot be taken back never runs by itself"]);
});

test("an account that was not wholly read is left alone", () => {
  const items = [undoable(1)];
  expect(run(items, { coverage: coverageOf([{ ...gap(), account: undoable(1).account }]) }).runs).toEqual([]);
});

test("cool-down of a day, a week after an undo, and no third fix within a week", () => {
  const item = undoable(1);
  expect(run([item], { records: [outcome(item, "applied", 0.5)] }).held).toEqual(["it was fixed less than a day ago"]);
  expect(run([item], { records: [outcome(item, "applied", 2)] }).runs).toEqual([item.id]);
  const twice = [outcome(item, "applied", 5), outcome(item, "applied", 2)];
  expect(run([item], { records: twice }).held).toEqual([expect.stringContaining("fixed twice within a week")]);
  const back: PlanItem = { ...item, id: "f".repeat(32), undoes: item.id };
  const undo: JournalRecord[] = [
    { record: "intent", at: new Date(NOW - 3 * DAY).toISOString(), run: "r", plan: "u", approval: "", item: back },
    outcome(back, "undone", 3, "u"),
  ];
  expect(run([item], { records: undo }).held).toEqual(["it was taken back less than a week ago"]);
});

test("a surge of new failures is for a person, all of it", () => {
  const items = Array.from({ length: 12 }, (_, index) => undoable(index));
  const known = planOf(items.slice(0, 1));
  const { runs, held } = run(items, { reported: known });
  expect(runs).toEqual([]);
  expect(held).toHaveLength(12);
  expect(new Set(held)).toEqual(new Set(["11 resources fail newly at once; so many are for a person to look at"]));
});
