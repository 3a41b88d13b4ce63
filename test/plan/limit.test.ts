import fc from "fast-check";
import { expect, test } from "vitest";
import { planDigest, readPlan, writePlan } from "../../src/plan/file.ts";
import { brief, reviewable, withHeld } from "../../src/plan/limit.ts";
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

test("the file lists as much of what is held as fits, and counts the rest; whoever tells of it still has all", () => {
  const held = Array.from({ length: 2_000 }, (_, index) => heldItem(index)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const plan = planOf(items, held);
  const file = brief(reviewable(plan));
  expect(Buffer.byteLength(writePlan(file))).toBeLessThanOrEqual(400_000);
  expect(file.items).toHaveLength(9);
  const { held: listed, held_more: more = 0 } = file.header;
  expect(listed.length).toBeGreaterThan(100);
  expect(listed.length + more).toBe(2_000);
  expect(listed).toEqual(held.slice(0, listed.length));
  expect(readPlan("plan", writePlan(file))).toEqual(file);
  expect(planDigest(file.header)).toBe(planDigest(plan.header));
  expect(withHeld(file, held)).toEqual(plan);
  const few = planOf(items, held.slice(0, 10));
  expect(brief(few)).toBe(few);
});

test("property: whatever the sizes, the file keeps to its bytes, and every item is in it or counted", () => {
  const count = fc.integer({ min: 0, max: 40 });
  fc.assert(
    fc.property(count, count, fc.integer({ min: 6_000, max: 60_000 }), (planned, waiting, bytes) => {
      const whole = planOf(
        Array.from({ length: planned }, (_, index) => bucketItem(index)),
        Array.from({ length: waiting }, (_, index) => heldItem(index)),
      );
      const shown = reviewable(whole, { items: 30, bytes });
      const { header, items: kept } = brief(shown, { items: 30, bytes });
      expect(Buffer.byteLength(writePlan({ header, items: kept }))).toBeLessThanOrEqual(bytes);
      expect(kept.length).toBeLessThanOrEqual(30);
      expect(kept.length + header.held.length + (header.held_more ?? 0)).toBe(planned + waiting);
    }),
  );
});
