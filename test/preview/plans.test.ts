import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePlans, newRemediations } from "../../src/preview/plans.ts";
import { GUARDS, item, planner, run } from "./made.ts";

const items = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => item(from + index));
const limited = (most: number) => ({ ...GUARDS, per_run: most });

test("what is added, what is dropped, what stays", () => {
  const compared = comparePlans(planner(items(0, 3), GUARDS), planner(items(2, 5), GUARDS));
  expect(compared.items.map(({ id }) => id)).toEqual(items(2, 5).map(({ id }) => id));
  expect([...compared.added]).toEqual(items(3, 5).map(({ id }) => id));
  expect(compared.dropped.map(({ id }) => id)).toEqual(items(0, 2).map(({ id }) => id));
  expect(comparePlans(undefined, planner(items(0, 2), GUARDS)).added.size).toBe(2);
  expect(comparePlans(planner(items(0, 2), GUARDS), undefined)).toMatchObject({ items: [], violations: [] });
});

test("a guard that is raised and used by new fixes is a violation that says how many need it", () => {
  const base = planner(items(0, 2), limited(2));
  const { violations } = comparePlans(base, planner(items(0, 6), limited(5)));
  expect(violations).toEqual([{ guard: "per_run", base: 2, head: 5, needs: 3 }]);
});

test("raised alone, raised without need, or lowered: told, and no violation", () => {
  const many = items(0, 6);
  const alone = comparePlans(planner(many, limited(2)), planner(many, limited(5)));
  expect(alone.raised).toEqual([{ guard: "per_run", base: 2, head: 5 }]);
  expect(alone.violations).toEqual([]);
  expect(comparePlans(planner(items(0, 1), limited(2)), planner(items(0, 2), limited(5))).violations).toEqual([]);
  const lowered = comparePlans(planner(many, limited(5)), planner(items(0, 9), limited(2)));
  expect([lowered.raised, lowered.violations]).toEqual([[], []]);
});

test("a base whose files cannot be run hides nothing: every fix above its guards counts as new", () => {
  const broken = { guards: limited(1), plans: () => [] };
  expect(comparePlans(broken, planner(items(0, 3), limited(9))).violations).toMatchObject([
    { guard: "per_run", needs: 2 },
  ]);
});

test("without a violation, new fixes beyond the base's guard are never let through by a raised one", () => {
  const size = fc.integer({ min: 0, max: 8 });
  fc.assert(
    fc.property(size, size, size, size, (had, more, before, after) => {
      const head = items(0, had + more);
      const { violations, items: planned } = comparePlans(
        planner(items(0, had), limited(before)),
        planner(head, limited(after)),
      );
      if (violations.length === 0 && more > 0) expect(planned.length).toBeLessThanOrEqual(before);
      if (more === 0 || after <= before) expect(violations).toEqual([]);
    }),
  );
});

test("remediations that come into use are told once, whoever uses them; one that only reports uses none", () => {
  const spec = {
    mode: "approve",
    remediation: { id: "s3.fix", title: "Fix", risk: "safe", impact: "none", cost: "a little" },
  } as const;
  const head = [
    run("p", "1", spec),
    run("p", "2", spec),
    run("q", "1", spec),
    run("r", "1", { ...spec, mode: "report" }),
  ];
  expect(newRemediations([], head)).toEqual([
    {
      id: "s3.fix",
      title: "Fix",
      risk: "safe",
      impact: "none",
      cost: "a little",
      undo: undefined,
      policies: ["p", "q"],
    },
  ]);
  expect(newRemediations([run("z", "1", spec)], head)).toEqual([]);
  expect(newRemediations([run("z", "1", { ...spec, mode: "report" })], head)).toHaveLength(1);
});
