import { expect, test } from "vitest";
import { clipped, count, plain, visible } from "../../src/text/plain.ts";

test("ordinary text of any script stays as it is", () => {
  expect(plain("Grüße, 世界 🙂 | `x` <b>")).toBe("Grüße, 世界 🙂 | `x` <b>");
});

test("what hides, forges lines or turns reading round becomes visible", () => {
  expect(plain("a\n::error::b\r\tc")).toBe("a\\u{a}::error::b\\u{d}\\u{9}c");
  expect(plain("\u202Eevil\u2066x\u200B\uFEFF\u2028y")).toBe("\\u{202e}evil\\u{2066}x\\u{200b}\\u{feff}\\u{2028}y");
  expect(plain("\u001b[31m\u0000\u007f")).toBe("\\u{1b}[31m\\u{0}\\u{7f}");
  expect(plain("x\ud83d")).toBe("x\\u{d83d}");
  expect(plain("tag \u{e0041}")).toBe("tag \\u{e0041}");
});

test("letters and marks that are made to be invisible do too", () => {
  expect(plain("a\u3164b\u115fc\u034fd\ufe0fe\u{e0100}")).toBe("a\\u{3164}b\\u{115f}c\\u{34f}d\\u{fe0f}e\\u{e0100}");
});

test("long text is cut, before anything is replaced", () => {
  expect(plain("x".repeat(1_000), 10)).toBe(`${"x".repeat(9)}…`);
  expect(plain("x".repeat(10), 10)).toBe("x".repeat(10));
  expect(plain("\n".repeat(1_000_000), 3)).toBe("\\u{a}\\u{a}…");
});

test("a character is never cut in two", () => {
  expect(plain("ab🙂cd", 4)).toBe("ab…");
  expect(clipped("ab🙂cd", 3)).toBe("ab… (3 of 6 characters)");
});

test("a clipped text says how much is missing", () => {
  expect(clipped("x".repeat(5_120), 4)).toBe("xxxx… (4 of 5,120 characters)");
  expect(clipped("xxxx", 4)).toBe("xxxx");
  expect(visible("\n".repeat(5))).toBe("\\u{a}".repeat(5));
});

test("numbers are grouped the same everywhere", () => {
  expect([0, 999, 1_000, 1_234_567].map(count)).toEqual(["0", "999", "1,000", "1,234,567"]);
});
