import fc from "fast-check";
import { expect, test } from "vitest";
import { plain } from "../../src/text/plain.ts";
import { cutEnd, cutMiddle, displayWidth, pad, wrap } from "../../src/text/width.ts";
import { hostileText } from "./hostile.ts";

const text = hostileText.map((value) => plain(value, 500));

test("columns: wide characters take two, combining marks none", () => {
  expect(["abc", "世界", "ｆｕｌｌ", "🙂", "e\u0301", "한국어", "🇩🇪", "Grüße", "ไทย", ""].map(displayWidth)).toEqual([
    3, 4, 8, 2, 1, 6, 2, 5, 3, 0,
  ]);
});

test("cut text fits, and says that it is cut", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 30 }), (value, columns) => {
      for (const cut of [cutEnd(value, columns), cutMiddle(value, columns)]) {
        expect(displayWidth(cut)).toBeLessThanOrEqual(columns);
        if (displayWidth(value) <= columns) expect(cut).toBe(value);
        else if (columns > 0) expect(cut).toContain("…");
      }
    }),
  );
  expect(cutMiddle("arn:aws:s3:::acme-logs-prod", 11)).toBe("arn:a…-prod");
  expect(cutEnd("arn:aws:s3:::acme-logs-prod", 11)).toBe("arn:aws:s3…");
  expect(cutMiddle("世界世界", 5)).toBe("世…界");
});

test("padding brings to the width", () => {
  expect(pad("世", 4)).toBe("世  ");
  expect(pad("7", 3, "right")).toBe("  7");
  expect(pad("long", 2)).toBe("long");
});

test("wrapping loses nothing and keeps to the width", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 40 }), (value, columns) => {
      const lines = wrap(value, columns);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      expect(lines.join("").replaceAll(" ", "")).toBe(value.replaceAll(" ", ""));
    }),
  );
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("abcdefgh", 3)).toEqual(["abc", "def", "gh"]);
});

test("no line of wrapped text begins with a workflow command", () => {
  expect(wrap("abcdef::error::x", 6)).toEqual(["abcde", "f::err", "or::x"]);
  for (let columns = 5; columns < 24; columns++) {
    for (const line of wrap(`${"x".repeat(13)}:::error::${"y".repeat(9)}`, columns).slice(1))
      expect(line.startsWith("::")).toBe(false);
  }
});
