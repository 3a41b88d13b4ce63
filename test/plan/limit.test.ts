import { expect, test } from "vitest";
import { readPlan, writePlan } from "../../src/plan/file.ts";
import { reviewable } from "../../src/plan/limit.ts";
import { bucketItem, heldItem, planOf } from "../report/sample.ts";

const items = Array.from({ length: 9 }, (_, number) => ({
  ...bucketItem(number),
  severity: number === 8 ? ("critical" as const) : ("low" as const),
}));

test("what one pull request can show is left as it is", () => {
  const plan = planOf(items);
  expect(reviewable(plan)).toBe(plan);
});

test("the worst come first, the rest is counted, and the file is still one that can be read", () => {
  const plan = reviewable(planOf(items, [heldItem(1)]), { items: 4, bytes: 1_000_000 });
  expect(plan.items.map(({ id }) => id)).toEqual([0, 1, 2, 8].map((number) => items[number]?.id));
  expect(plan.header.held).toHaveLength(6);
  expect(plan.header.held.filter(({ reason }) => reason.includes("shows 4 of 9 items"))).toHaveLength(5);
  expect(plan.header.items).toHaveLength(4);
  expect(readPlan("plan", writePlan(plan)).items).toHaveLength(4);
});

test("bytes count as well as items", () => {
  const plan = reviewable(planOf(items), { items: 300, bytes: Buffer.byteLength(writePlan(planOf(items))) / 2 });
  expect(plan.items.length).toBeGreaterThan(0);
  expect(plan.items.length + plan.header.held.length).toBe(9);
  expect(plan.items.length).toBeLessThan(9);
});
