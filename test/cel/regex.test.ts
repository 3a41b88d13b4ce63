import { expect, test } from "vitest";
import { createCel } from "../../src/cel/environment.ts";
import { compilePattern, matchesPattern } from "../../src/cel/regex.ts";
import { text } from "./shapes.ts";

test.each([
  ["logs-2026", "^logs-\\d{4}$", true],
  ["LOGS", "(?i)logs", true],
  ["a.b", "^a\\.b$", true],
  ["axb", "^a\\.b$", false],
  ["prod", "^(dev|test)$", false],
  ["ababab", "^(?:ab)+$", true],
  ["x", "", true],
  ["äö", "^\\p{L}+$", true],
])("%s against %s: %s", (value, pattern, expected) => {
  expect(matchesPattern(value, pattern)).toBe(expected);
});

test.each(["(a)\\1", "(?=a)", "(?<!a)b", "(", ")", "[", "a**", "a{5000}", "x".repeat(2_000)])(
  "%s is refused",
  (pattern) => {
    expect(compilePattern(pattern).ok).toBe(false);
  },
);

// JavaScript's own engine would not end within the test's time on these.
test.each(["^(a+)+$", "^(a|aa)*$", "^(a*)*$", ".*.*.*.*x", "^(?:a{1,5}){2,}$"])(
  "%s ends on a text made to be slow",
  (pattern) => {
    expect(matchesPattern(`${"a".repeat(20_000)}!`, pattern)).toBe(false);
  },
);

test("a pattern written out is checked when the expression is compiled, at its place", () => {
  const compiled = createCel().compile("name.matches('(a+')", { name: text });
  expect(compiled.ok ? [] : compiled.problems).toMatchObject([{ offset: 13, length: 5 }]);
});
