import { expect, test } from "vitest";
import { eligible, standingWeek } from "../../src/plan/standing.ts";
import type { JournalRecord, OutcomeCode } from "../../src/types/outcome.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { bucketItem, volumeItem } from "../report/sample.ts";

const NOW = Date.parse("2026-03-10T12:00:00.000Z");
const DAY = 86_400_000;
const STANDING = "policies at abc, 2026-03-09";

let plans = 0;
function done(item: PlanItem, outcome: OutcomeCode, daysAgo: number, approval = STANDING): JournalRecord[] {
  plans += 1;
  const common = { at: new Date(NOW - daysAgo * DAY).toISOString(), run: "r", plan: `p${plans}`, approval };
  return [
    { record: "intent", ...common, item },
    { record: "outcome", ...common, item: item.id, outcome, reason: "" },
  ];
}
const undoOf = (item: PlanItem): PlanItem => ({ ...item, id: `u${item.id.slice(1)}`, undoes: item.id, undo: [] });
const bucket = (number: number, policy = "p_one"): PlanItem => ({ ...bucketItem(number), policy });

test("a week of standing approvals: applied, taken back whoever did it, not done; what people approved is not counted", () => {
  const records = [
    ...done(bucket(1), "applied", 8),
    ...done(bucket(2), "applied", 6),
    ...done(bucket(3), "applied", 5),
    ...done(undoOf(bucket(3)), "undone", 4, "commit/abc"),
    ...done(bucket(4, "p_two"), "stale", 3),
    ...done(bucket(5, "p_two"), "already_ok", 3),
    ...done(bucket(6, "p_three"), "applied", 2, "commit/abc"),
    ...done(undoOf(bucket(6, "p_three")), "undone", 1, "commit/abc"),
  ];
  expect(standingWeek(records, NOW)).toEqual([
    { policy: "p_one", applied: 2, undone: 1, failed: 0 },
    { policy: "p_two", applied: 0, undone: 0, failed: 1 },
  ]);
  expect(standingWeek(records, NOW + 30 * DAY)).toEqual([]);
});

test("fit for a standing approval: twenty approved fixes by two approvals in sixty days, none failed or taken back", () => {
  const many = (count: number, approval = "commit/a") =>
    Array.from({ length: count }, (_, index) => done(bucket(index), "applied", 30, approval)).flat();
  const good = [...many(18), ...many(2, "commit/b")];
  const ask = (records: readonly JournalRecord[]) => eligible(records, NOW, (policy) => policy === "p_one");
  expect(ask(good)).toEqual([{ policy: "p_one", fixes: 20, days: 60 }]);
  expect(eligible(good, NOW, () => false)).toEqual([]);
  expect(ask(many(20))).toEqual([]);
  expect(ask([...many(17), ...many(2, "commit/b")])).toEqual([]);
  expect(ask([...many(19), ...done(bucket(30), "applied", 1, "")])).toEqual([]);
  expect(ask([...good, ...done(undoOf(bucket(1)), "undone", 1, "")])).toEqual([]);
  expect(ask([...good, ...done(bucket(40), "verify_failed", 1, "commit/b")])).toEqual([]);
  expect(ask([...good, ...done({ ...volumeItem(1), policy: "p_one" }, "applied", 1, "commit/b")])).toEqual([]);
  expect(eligible(good, NOW + 40 * DAY, () => true)).toEqual([]);
});
