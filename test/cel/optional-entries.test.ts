import { expect, test } from "vitest";
import { createCel } from "../../src/cel/environment.ts";
import { takeOptionalMarks } from "../../src/cel/optional-entries.ts";

test.each([
  ["{?'a': b}", [1]],
  ["{'a': 1, ? 'b': c}", [9]],
  ["[?a, 1, ?b]", [1, 8]],
  ["a[?0]", []],
  ["a.b()[?0] + {'?': 1}['{?']", []],
  ["a ? [b] : {c: '{?'}", []],
  ["// {?\n{?'a': b}", [7]],
  ["f(a, '''{?'b''', r'\\') ", []],
])("%s", (source, marks) => {
  expect(takeOptionalMarks(source)).toMatchObject({ marks });
  expect(takeOptionalMarks(source).text.length).toBe(source.length);
});

test("a plain value is no optional entry, at its place", () => {
  const compiled = createCel().compile("{'a': 1, ?'b': 2}", {});
  expect(compiled.ok ? [] : compiled.problems).toMatchObject([
    { offset: 15, length: 1, message: "an entry with ? takes an optional, such as resource.?Name, found int" },
  ]);
});
