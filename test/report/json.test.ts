import fc from "fast-check";
import { expect, test } from "vitest";
import { planDigest } from "../../src/plan/file.ts";
import { applyJson, jsonText, planJson, scanJson, testsJson, validateJson } from "../../src/report/json.ts";
import { hostileText } from "../text/hostile.ts";
import { appliedOf, bucketItem, planOf, scanOf } from "./sample.ts";

test("a scan has its findings and coverage, what is not known left out", () => {
  const scan = scanOf();
  const json = scanJson({ ...scan, failing: [] });
  expect(Object.keys(json)).toEqual(["version", "findings", "coverage"]);
  expect(json["version"]).toBe(1);
  expect(json["findings"]).toEqual(scan.findings);
  expect(JSON.stringify(json["coverage"])).not.toContain("null");
  expect(json["coverage"]).toEqual(JSON.parse(JSON.stringify(scan.coverage)));
});

test("a plan has its digest, header and items as in the plan file", () => {
  const plan = planOf([bucketItem(1)]);
  expect(planJson(plan)).toEqual({
    version: 1,
    digest: planDigest(plan.header),
    header: plan.header,
    items: plan.items,
  });
});

test("applying has the sum beside its parts", () => {
  const applied = appliedOf();
  expect(applyJson(applied)).toEqual({
    version: 1,
    plan: applied.plan,
    approved: 5,
    counts: applied.counts,
    outcomes: applied.outcomes,
  });
});

test("problems and tests", () => {
  const problem = { file: "a.yaml", line: 1, column: 2, message: "x", nearest: undefined };
  expect(validateJson([problem])).toEqual({
    version: 1,
    valid: false,
    problems: [{ file: "a.yaml", line: 1, column: 2, message: "x" }],
  });
  expect(validateJson([])).toEqual({ version: 1, valid: true, problems: [] });
  const result = { policy: "p", name: "n", file: "a.yaml", line: 3, failure: undefined };
  expect(testsJson([result, { ...result, failure: "why" }])).toEqual({
    version: 1,
    passed: 1,
    failed: 1,
    tests: [
      { policy: "p", name: "n", file: "a.yaml", line: 3, passed: true },
      { policy: "p", name: "n", file: "a.yaml", line: 3, passed: false, failure: "why" },
    ],
  });
});

test("the text holds nothing that a terminal or a log acts on, and is the same value", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const value = { [text]: [text] };
      const shown = jsonText(value);
      expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##\[/u);
      for (const line of shown.split("\n")) expect(line).not.toMatch(/^\s*::/);
    }),
  );
  expect(jsonText({ a: 1 })).toBe('{\n  "a": 1\n}\n');
});
