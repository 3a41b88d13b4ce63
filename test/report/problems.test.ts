import fc from "fast-check";
import { expect, test } from "vitest";
import { problemsText } from "../../src/report/problems.ts";
import { hostileText } from "../text/hostile.ts";

const plainly = { colour: false };
const problem = { file: "policies/x.yaml", line: 2, column: 17, message: "no member Foo", nearest: "Bar" };

test("each problem is one line that editors understand, with its source and a caret", () => {
  expect(problemsText([problem], new Map([["policies/x.yaml", "id: x\ncheck: resource.Foo == 1\n"]]), plainly)).toBe(
    "policies/x.yaml:2:17: no member Foo (did you mean Bar?)\n  | check: resource.Foo == 1\n  |                 ^\n1 problem\n",
  );
  expect(
    problemsText([problem, { ...problem, line: 9 }], new Map(), plainly)
      .split("\n")
      .slice(-2),
  ).toEqual(["2 problems", ""]);
  expect(problemsText([], new Map(), plainly)).toBe("No problems.\n");
});

test("the caret stands under its character, in long lines and below wide ones", () => {
  for (const [source, column] of [
    [`a: ${"x".repeat(300)}HERE${"y".repeat(300)}`, 304],
    ["a: 世界 HERE", 7],
    ["\tHERE", 2],
    ["HERE", 1],
  ] as const) {
    const [, line = "", caret = ""] = problemsText(
      [{ ...problem, line: 1, column }],
      new Map([[problem.file, source]]),
      plainly,
    ).split("\n");
    const at = caret.indexOf("^");
    const wide = [...line].filter((character) => /[世界]/.test(character)).length;
    expect(line.slice(at - wide, at - wide + 4)).toBe("HERE");
    expect(line.length).toBeLessThan(120);
  }
});

test("hostile files make no lines of their own", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const shown = problemsText(
        [{ file: text, line: 1, column: 2, message: text, nearest: text }],
        new Map([[text, text]]),
        plainly,
      );
      expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(shown.split("\n").length).toBeLessThanOrEqual(5);
      for (const line of shown.split("\n")) expect(line).not.toMatch(/^\s*::/);
    }),
  );
});
