import fc from "fast-check";
import { expect, test } from "vitest";
import { terminal, terminalWhole } from "../../src/text/terminal.ts";
import { hostileText } from "./hostile.ts";

test("nothing reaches a terminal that it would act on", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      expect(terminalWhole(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
  expect(terminal("\u001b[31mred\u009b0m\u202e")).toBe("\\u{1b}[31mred\\u{9b}0m\\u{202e}");
});

test("nor what the log of a workflow run would act on", () => {
  expect(terminal("::error::x ::add-mask::y")).toBe("\\u{3a}:error::x \\u{3a}:add-mask::y");
  expect(terminal("a ##[error]b")).toBe("a ##\\u{5b}error]b");
  expect(terminal("x::::y")).toBe("x\\u{3a}\\u{3a}\\u{3a}\\u{3a}y");
  expect(terminal("arn:aws:s3:::logs")).toBe("arn:aws:s3:::logs");
});

test("long text says how much of it is shown", () => {
  expect(terminal("x".repeat(400))).toBe(`${"x".repeat(300)}… (300 of 400 characters)`);
  expect(terminalWhole("x".repeat(400))).toHaveLength(400);
});
