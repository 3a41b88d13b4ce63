import fc from "fast-check";
import { expect, test } from "vitest";
import { styleOf } from "../../src/report/style.ts";
import { type Column, table } from "../../src/report/table.ts";
import { plain } from "../../src/text/plain.ts";
import { displayWidth } from "../../src/text/width.ts";
import { hostileText } from "../text/hostile.ts";

const PLAIN = styleOf(false);
const COLUMNS: readonly Column[] = [
  { title: "Name", shrink: 1, least: 8 },
  { title: "Reason", shrink: 2, least: 6, cut: "end" },
  { title: "Fail", align: "right" },
];

test("columns are as wide as they need to be", () => {
  expect(
    table(
      COLUMNS,
      [
        ["logs", "open", "3"],
        ["a-longer-name", "", "12"],
      ],
      80,
      PLAIN,
    ),
  ).toEqual(["Name           Reason  Fail", "logs           open       3", "a-longer-name            12"]);
});

test("where it is too narrow, columns give way in their order, and numbers stay whole", () => {
  const rows = [["arn:aws:s3:::acme-logs-prod", "anyone may read it", "1234"]];
  expect(table(COLUMNS, rows, 44, PLAIN)[1]).toBe("arn:aws:s3:::acme-logs-prod  anyone m…  1234");
  expect(table(COLUMNS, rows, 30, PLAIN)[1]).toBe("arn:aws:…gs-prod  anyon…  1234");
  expect(table(COLUMNS, rows, 14, PLAIN)[1]).toBe("ar…od  …  1234");
});

test("no line is wider than asked for, and columns stay in line", () => {
  const cell = hostileText.map((text) => plain(text, 60));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, fc.integer({ min: 0, max: 99_999 }).map(String)), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 12, max: 120 }),
      (rows, width) => {
        const lines = table(COLUMNS, rows, width, PLAIN);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        // The last column is right-aligned: every line ends in the same place.
        expect(new Set(lines.map(displayWidth)).size).toBe(1);
      },
    ),
  );
});
