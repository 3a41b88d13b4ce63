import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { styleOf, useColour } from "../../src/report/style.ts";

test("colour on a terminal only, and not for those who do not want it", () => {
  expect(useColour({}, true)).toBe(true);
  expect(useColour({}, false)).toBe(false);
  expect(useColour({ NO_COLOR: "1" }, true)).toBe(false);
  expect(useColour({ NO_COLOR: "" }, true)).toBe(true);
  expect(useColour({ TERM: "dumb" }, true)).toBe(false);
});

test("FORCE_COLOR outweighs the rest", () => {
  expect(useColour({ FORCE_COLOR: "1" }, false)).toBe(true);
  expect(useColour({ FORCE_COLOR: "", NO_COLOR: "1", TERM: "dumb" }, false)).toBe(true);
  expect(useColour({ FORCE_COLOR: "0" }, true)).toBe(false);
  expect(useColour({ FORCE_COLOR: "false" }, true)).toBe(false);
});

test("styling changes how text looks, not what it says", () => {
  const styled = styleOf(true)("bad", "text");
  expect(styled).not.toBe("text");
  expect(stripVTControlCharacters(styled)).toBe("text");
  expect(styleOf(false)("bad", "text")).toBe("text");
});
