import { expect, test } from "vitest";
import { print, printJson, widthOf } from "../../src/commands/view.ts";
import { terminalOf } from "../cli/terminal.ts";

test.each([
  ["a terminal's own columns", { columns: 100 }, 100],
  ["a terminal's, whatever COLUMNS says", { columns: 60, env: { COLUMNS: "100" } }, 60],
  ["COLUMNS where there is no terminal", { env: { COLUMNS: "40" } }, 40],
  ["80 where nobody says", {}, 80],
  ["80 for what is no number", { env: { COLUMNS: "wide" } }, 80],
  ["80 for what nobody could read", { env: { COLUMNS: "3" } }, 80],
  ["120 at most: longer lines are hard to read", { columns: 400 }, 120],
])("width: %s", (_, options, width) => {
  expect(widthOf(terminalOf(options).io)).toBe(width);
});

test("texts end with one line break", () => {
  const { io, out } = terminalOf();
  print(io, "a");
  print(io, "b\n");
  printJson(io, { c: 1 });
  expect(out()).toBe('a\nb\n{\n  "c": 1\n}\n');
});
