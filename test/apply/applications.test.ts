import { expect, test } from "vitest";
import { standingApplications } from "../../src/apply/applications.ts";
import type { JournalRecord, OutcomeCode } from "../../src/types/outcome.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { bucketItem } from "../report/sample.ts";

const item = bucketItem(1);
const undo = (fingerprint: string): PlanItem => ({ ...item, id: `u-${fingerprint}`, undoes: item.id, fingerprint });

function done(of: PlanItem, outcome: OutcomeCode, plan: string, left = ""): JournalRecord[] {
  const common = { at: "2026-03-01T00:00:00.000Z", run: "r", plan, approval: `commit/${plan}` };
  const after = left === "" ? {} : { after: { fingerprint: left, fields: {}, undo: [] } };
  return [
    { record: "intent", ...common, item: of },
    { record: "outcome", ...common, item: of.id, outcome, reason: "", ...after },
  ];
}
const plans = (...records: JournalRecord[][]) => standingApplications(records.flat()).map(({ plan }) => plan);

test("of each item the last application stands, until its own state is taken back", () => {
  expect(plans(done(item, "applied", "a", "1"))).toEqual(["a"]);
  expect(plans(done(item, "applied", "a", "1"), done(item, "applied", "b", "2"))).toEqual(["b"]);
  expect(plans(done(item, "applied", "a", "1"), done(undo("1"), "undone", "u"))).toEqual([]);
  expect(
    plans(done(item, "applied", "a", "1"), done(undo("1"), "undone", "u"), done(item, "applied", "b", "1")),
  ).toEqual(["b"]);
  // The undo of an earlier state is none of the later one.
  expect(
    plans(done(item, "applied", "a", "1"), done(item, "applied", "b", "2"), done(undo("1"), "undone", "u")),
  ).toEqual(["b"]);
});

test("what was not applied does not stand; what could not be verified does, and an undo that was not verified takes nothing back", () => {
  expect(plans(done(item, "stale", "a"), done(bucketItem(2), "denied", "a"))).toEqual([]);
  expect(plans(done(item, "verify_failed", "a", "1"))).toEqual(["a"]);
  expect(plans(done(item, "applied", "a", "1"), done(undo("1"), "verify_failed", "u", "0"))).toEqual(["a"]);
});
