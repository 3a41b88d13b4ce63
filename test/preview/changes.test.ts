import fc from "fast-check";
import { expect, test } from "vitest";
import { changedLines, fileChanges } from "../../src/preview/changes.ts";
import type { Side } from "../../src/preview/side.ts";

const side = (texts: Readonly<Record<string, string>>, prefix = ""): Side => ({
  texts: new Map(Object.entries(texts)),
  configName: "evenkeel.yaml",
  prefix,
});

test("files that were added, removed, changed, with the lines that differ", () => {
  const base = side({ "evenkeel.yaml": "a\nb\nc\n", "policies/gone.yaml": "x\n", "policies/same.yaml": "s\n" });
  const head = side(
    { "evenkeel.yaml": "a\nB\nB\nc\n", "policies/new.yaml": "1\n2\n", "policies/same.yaml": "s\n" },
    "prod/",
  );
  expect(fileChanges(base, head)).toEqual([
    { path: "prod/evenkeel.yaml", kind: "changed", from: 2, to: 3 },
    { path: "prod/policies/gone.yaml", kind: "removed", from: 1, to: 1 },
    { path: "prod/policies/new.yaml", kind: "added", from: 1, to: 2 },
  ]);
});

test("lines that were only taken out are marked by the line that follows, at the end by the last", () => {
  expect(changedLines("a\nb\nc\n", "a\nc\n")).toEqual({ from: 2, to: 2 });
  expect(changedLines("a\nb\n", "a\n")).toEqual({ from: 1, to: 1 });
  expect(changedLines("a\n", "")).toEqual({ from: 1, to: 1 });
});

test("outside of the lines told, both texts are the same; and the lines are there", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "c"), { maxLength: 8 })
    .map((lines) => lines.map((one) => `${one}\n`).join(""));
  fc.assert(
    fc.property(text, text, (base, head) => {
      fc.pre(base !== head);
      const [before, after] = [base, head].map((one) => one.split("\n").slice(0, -1));
      if (before === undefined || after === undefined) throw new Error("two texts");
      const { from, to } = changedLines(base, head);
      expect(from).toBeGreaterThanOrEqual(1);
      expect(to).toBeGreaterThanOrEqual(from);
      expect(to).toBeLessThanOrEqual(Math.max(1, after.length));
      expect(after.slice(0, from - 1)).toEqual(before.slice(0, from - 1));
      const tail = after.slice(to);
      expect(before.slice(before.length - tail.length)).toEqual(tail);
    }),
  );
});
