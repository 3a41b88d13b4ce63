import fc from "fast-check";
import { expect, test } from "vitest";
import { OpenReports, worstFirst } from "../../src/plan/report-order.ts";
import type { Severity } from "../../src/types/catalogue.ts";
import type { Plan } from "../../src/types/plan.ts";
import { bucketItem, planOf } from "../report/sample.ts";

function reportOf(scope: string, ...severities: readonly Severity[]): Plan {
  const plan = planOf(severities.map((severity, index) => ({ ...bucketItem(index), severity })));
  return { ...plan, header: { ...plan.header, scope } };
}

test("critical items come first, then the number of each severity, then the name", () => {
  const sorted = [
    reportOf("a", "critical", "critical"),
    reportOf("b", "critical", "high", "low"),
    reportOf("c", "critical", "medium", "medium", "medium"),
    reportOf("d", "high", "low"),
    reportOf("e", "high"),
    reportOf("f", "high"),
    reportOf("g", "info"),
    reportOf("h"),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (plans) => {
      expect([...plans].sort(worstFirst)).toEqual(sorted);
    }),
  );
});

test("so many may be open, so many new; one that is open already always goes on; one that closes makes room", () => {
  const open = new OpenReports({ most_open: 3, most_new: 2 }, ["a"]);
  expect(open.whyNot("b")).toBeUndefined();
  open.opened("b");
  // Told twice it counts once.
  open.opened("b");
  open.opened("a");
  expect(open.whyNot("c")).toBeUndefined();
  open.opened("c");
  expect(open.whyNot("d")).toBe("3 are open already (report.most_open: 3)");
  expect(open.whyNot("a")).toBeUndefined();
  open.closed("a");
  expect(open.whyNot("d")).toBe("this run opened 2 already (report.most_new: 2)");
});
