import { expect, test } from "vitest";
import { carryOver } from "../../src/plan/carry.ts";
import { itemHash } from "../../src/plan/file.ts";
import { heldItem } from "../../src/plan/held.ts";
import type { HeldItem, Plan, PlanItem } from "../../src/types/plan.ts";
import type { Finding, Gap } from "../../src/types/scan.ts";
import { item, planOf } from "../github/client-under-test.ts";

const GAP: Gap = {
  account: "111111111111",
  region: "eu-west-1",
  type: "s3.bucket",
  operation: "s3:GetBucketVersioning",
  code: "AccessDenied",
  message: "no",
  remedy: undefined,
  resources: 1,
  policies: ["s3_bucket_versioning"],
};

function findingOf(one: PlanItem, status: Finding["status"]): Finding {
  const { policy, severity, account, region, resource, reason } = one;
  const location = { file: "policies/s3.yaml", line: 1 };
  return { id: `f${one.id}`, policy, status, severity, account, region, resource, reason, attributes: {}, location };
}

function withHeld(plan: Plan, ...held: readonly HeldItem[]): Plan {
  return { ...plan, header: { ...plan.header, held } };
}

const before = planOf([item(1), item(2)]);
const none = planOf([]);
const carried = (plan: Plan, looked: { readonly whole?: Plan; readonly findings?: readonly Finding[] } = {}) =>
  carryOver(plan, before, { gaps: [GAP], findings: [], whole: plan, ...looked }).plan.items.map(({ id }) => id);

test("what a gap hides stays as it was, with its hash in the header; nothing does without a gap or a plan before", () => {
  const plan = planOf([item(3)]);
  const looked = { gaps: [GAP], findings: [], whole: plan };
  const { plan: whole, carried: number } = carryOver(plan, before, looked);
  expect(number).toBe(2);
  expect(whole.items.map(({ id }) => id)).toEqual([1, 2, 3].map((n) => item(n).id));
  expect(whole.header.items).toEqual(whole.items.map(itemHash).sort());
  expect(carryOver(plan, undefined, looked)).toEqual({ plan, carried: 0 });
  expect(carryOver(plan, before, { ...looked, gaps: [{ ...GAP, account: "222222222222" }] })).toEqual({
    plan,
    carried: 0,
  });
});

test("what this scan saw planned anew is not carried beside itself, also where another report has it", () => {
  expect(carried(planOf([item(1, "Never")]))).toEqual([1, 2].map((n) => item(n).id));
  expect(carried(none, { whole: planOf([item(1)]) })).toEqual([item(2).id]);
});

test.each(["snoozed", "waiting", "excepted", "capped", "blocked"] as const)(
  "what this scan saw and holds back is not carried around that: %s",
  (outcome) => {
    const held = heldItem(item(1), outcome, "a reason");
    expect(carried(withHeld(none, held))).toEqual([item(2).id]);
    // A destructive item's reason stands in the header of the other plan of its group.
    expect(carried(none, { whole: withHeld(none, held) })).toEqual([item(2).id]);
  },
);

test("an item that could not be planned because something could not be read is carried", () => {
  expect(carried(withHeld(none, heldItem(item(1), "unknown", "not read")))).toEqual([item(1).id, item(2).id]);
});

test("what is in order by now is not carried for a gap elsewhere; what is not known is", () => {
  for (const status of ["pass", "out_of_scope"] as const)
    expect(carried(none, { findings: [findingOf(item(1), status)] })).toEqual([item(2).id]);
  expect(carried(none, { findings: [findingOf(item(1), "unknown")] })).toEqual([item(1).id, item(2).id]);
});
