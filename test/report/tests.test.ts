import fc from "fast-check";
import { expect, test } from "vitest";
import { testsText } from "../../src/report/tests.ts";
import { hostileText } from "../text/hostile.ts";
import { expectFit } from "./terminal.ts";

const wide = { width: 100, colour: false };
const passed = { policy: "a_policy", name: "no block at all", file: "policies/a.yaml", line: 12, failure: undefined };
const failed = { ...passed, name: "half a block", line: 20, failure: "expected fail, found pass" };

test("failed tests with their place, then the sum", () => {
  expect(testsText([passed, failed], wide)).toBe(
    "FAIL  a_policy: half a block\n      policies/a.yaml:20\n      expected fail, found pass\n\n1 of 2 tests failed\n",
  );
  expect(testsText([passed], wide)).toBe("1 test of 1 policy passed\n");
  expect(testsText([passed], { ...wide, verbose: true })).toBe(
    "pass  a_policy: no block at all\n\n1 test of 1 policy passed\n",
  );
});

test("no tests are no success", () => {
  expect(testsText([], wide)).toBe("No tests ran.\n");
});

test("hostile texts stay within their lines", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      expectFit((width, colour) => testsText([{ ...failed, name: text, failure: text }], { width, colour }));
    }),
    { numRuns: 50 },
  );
});
