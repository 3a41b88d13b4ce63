import fc from "fast-check";
import { expect, test } from "vitest";
import { applyGuards, PERCENT_FLOOR, SEVERITY_ORDER } from "../../src/plan/guards.ts";
import type { Guards } from "../../src/types/catalogue.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { bucketItem } from "../report/sample.ts";

const WIDE: Guards = { per_policy: 1000, per_account: 1000, per_run: 1000, percent: 100 };
const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;

function item(number: number, more: Partial<PlanItem> = {}): PlanItem {
  return { ...bucketItem(number), account: "1", policy: "p", severity: "high", ...more };
}

const many = (count: number, more: Partial<PlanItem> = {}) => Array.from({ length: count }, (_, n) => item(n, more));

test.each([
  ["per_policy", { per_policy: 3 }, 3, "guard per_policy: 3 items of p are planned already"],
  ["per_account", { per_account: 4 }, 4, "guard per_account: 4 items of account 1 are planned already"],
  ["per_run", { per_run: 2 }, 2, "guard per_run: 2 items are planned already"],
  ["percent", { percent: 10 }, 8, "guard percent: 8 of 80 resources in scope of p are planned already (10 %)"],
  ["zero", { per_run: 0 }, 0, "guard per_run: 0 items are planned already"],
] as const)("%s alone holds back the rest, in words", (_, guards, allowed, reason) => {
  const result = applyGuards(many(20), { ...WIDE, ...guards }, new Map([["p", 80]]));
  expect(result.items).toHaveLength(allowed);
  expect(result.held).toHaveLength(20 - allowed);
  expect(new Set(result.held.map((held) => held.reason))).toEqual(new Set([reason]));
  expect(result.held.every(({ outcome }) => outcome === "capped")).toBe(true);
});

test("a share of few says little: up to the floor nothing is held back by percent", () => {
  const inScope = (count: number) => new Map([["p", count]]);
  expect(applyGuards(many(PERCENT_FLOOR), { ...WIDE, percent: 0 }, inScope(5)).held).toEqual([]);
  expect(applyGuards(many(PERCENT_FLOOR + 1), { ...WIDE, percent: 0 }, inScope(5)).held).toHaveLength(1);
  expect(applyGuards(many(20), { ...WIDE, percent: 20 }, inScope(49)).items).toHaveLength(9);
});

test("each policy and each account has its own count", () => {
  const mixed = [...many(3, { policy: "p" }), ...many(3, { policy: "q", account: "2" })].map((one, index) => ({
    ...one,
    id: String(index),
  }));
  expect(applyGuards(mixed, { ...WIDE, per_policy: 2 }, new Map()).items).toHaveLength(4);
  expect(applyGuards(mixed, { ...WIDE, per_account: 2 }, new Map()).items).toHaveLength(4);
});

const anyItem = fc.record({
  policy: fc.constantFrom("p", "q", "r"),
  account: fc.constantFrom("1", "2"),
  severity: fc.constantFrom(...SEVERITIES),
});
const anyGuards = fc.record({
  per_policy: fc.nat(12),
  per_account: fc.nat(15),
  per_run: fc.nat(20),
  percent: fc.nat(100),
});

test("property: allowed and held are all, no limit is exceeded, worst first, whatever the order given", () => {
  const input = fc.tuple(fc.array(anyItem, { maxLength: 30 }), anyGuards, fc.nat(100), fc.nat());
  fc.assert(
    fc.property(input, ([facts, guards, scope, turn]) => {
      const items = facts.map((more, index) => item(index, more));
      const inScope = new Map([
        ["p", scope],
        ["q", 10],
      ]);
      const { items: allowed, held } = applyGuards(items, guards, inScope);
      const ids = [...allowed, ...held].map(({ id }) => id);
      expect([...ids].sort()).toEqual(items.map(({ id }) => id).sort());
      expect(allowed.length).toBeLessThanOrEqual(guards.per_run);
      for (const [, group] of Map.groupBy(allowed, ({ account }) => account))
        expect(group.length).toBeLessThanOrEqual(guards.per_account);
      for (const [policy, group] of Map.groupBy(allowed, (one) => one.policy)) {
        const share = Math.max(PERCENT_FLOOR, Math.floor(((inScope.get(policy) ?? 0) * guards.percent) / 100));
        expect(group.length).toBeLessThanOrEqual(Math.min(guards.per_policy, share));
      }
      const order = allowed.map(({ severity }) => SEVERITY_ORDER[severity]);
      expect(order).toEqual([...order].sort((a, b) => a - b));
      // Of one policy and account, nothing worse is held back while something better is let through.
      for (const { policy, account, id } of held) {
        const worse = items.find((one) => one.id === id)?.severity ?? "info";
        const through = allowed.filter((one) => one.policy === policy && one.account === account);
        for (const one of through) expect(SEVERITY_ORDER[one.severity]).toBeLessThanOrEqual(SEVERITY_ORDER[worse]);
      }
      const pivot = items.length === 0 ? 0 : turn % items.length;
      const turned = applyGuards([...items.slice(pivot), ...items.slice(0, pivot)], guards, inScope);
      expect(turned).toEqual({ items: allowed, held });
    }),
    { numRuns: 150 },
  );
});

test("the worst come first: critical before high, and so on", () => {
  const shuffled = (["low", "critical", "info", "high", "medium"] as const).map((severity, n) => item(n, { severity }));
  const { items } = applyGuards(shuffled, { ...WIDE, per_run: 3 }, new Map([["p", 100]]));
  expect(items.map(({ severity }) => severity)).toEqual(["critical", "high", "medium"]);
});
