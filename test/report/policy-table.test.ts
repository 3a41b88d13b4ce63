import { expect, test } from "vitest";
import { policyCell, tellingTable } from "../../src/report/policy-table.ts";

const DETAIL = { diffs: 1, firstDiffs: 1, items: 1, first: 1, groups: 1, names: 1, gaps: 1, rows: 1, text: 20 };

test("a policy stands with what it asks in one cell", () => {
  expect(policyCell("s3_x", "Buckets | have @all", DETAIL)).toBe("`s3_x`<br>Buckets &#124; have @\u200ball");
  expect(policyCell("s3_x", undefined, DETAIL)).toBe("`s3_x`");
  expect(policyCell("s3_x", "", DETAIL)).toBe("`s3_x`");
});

test("columns that may go are left out where all their cells are empty or 0; the others stay", () => {
  const heads = ["A", "B:", "?C:", "?D"];
  const rows = [
    ["x", "0", "0", ""],
    ["y", "0", "0", "d"],
  ];
  expect(tellingTable(heads, rows)).toBe("| A | B | D |\n| --- | ---: | --- |\n| x | 0 |  |\n| y | 0 | d |");
  expect(tellingTable(heads, [["x", "0", "1", "0"]])).toBe("| A | B | C |\n| --- | ---: | ---: |\n| x | 0 | 1 |");
  expect(tellingTable(heads, [])).toBe("");
});
