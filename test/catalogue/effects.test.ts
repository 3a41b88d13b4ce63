import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROWS, WITHOUT } from "../support/catalogue-effects.ts";
import { keysOf } from "../support/catalogue-examples.ts";

const root = join(import.meta.dirname, "../..");

test.each(["resourceType", "policy", "remediation", "pack", "config"] as const)(
  "every key of the %s schema has a test that shows what it does",
  (kind) => {
    const rows = ROWS[kind].flatMap(([, , ...keys]) => keys);
    const named = [...rows, ...Object.keys(WITHOUT[kind])];
    expect(named.toSorted()).toEqual([...new Set(named)].sort());
    expect(named.toSorted()).toEqual([...keysOf(kind)].sort());
  },
);

test("the tests that the table names are there", () => {
  const missing = Object.values(ROWS)
    .flat()
    .filter(([file, name]) => !readFileSync(join(root, file), "utf8").includes(name))
    .map(([file, name]) => `${file}: ${name}`);
  expect(missing).toEqual([]);
});
