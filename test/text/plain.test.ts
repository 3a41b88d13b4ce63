import { expect, test } from "vitest";
import { plain } from "../../src/text/plain.ts";

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

test("long text is cut, before anything is replaced", () => {
  expect(plain("x".repeat(1_000), 10)).toBe(`${"x".repeat(9)}…`);
  expect(plain("x".repeat(10), 10)).toBe("x".repeat(10));
  expect(plain("\n".repeat(1_000_000), 3)).toBe("\\u{a}\\u{a}…");
});
