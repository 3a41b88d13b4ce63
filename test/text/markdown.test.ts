import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bytes,
  code,
  details,
  fence,
  htmlCode,
  htmlInline,
  inline,
  markdownTable,
  marker,
} from "../../src/text/markdown.ts";
import { visible } from "../../src/text/plain.ts";
import { cellCounts, prose, structure, textOf } from "./github-markdown.ts";
import { HOSTILE, hostileText } from "./hostile.ts";

const BREAK = /\u200b/g;

/** What GitHub's filters and extended autolinks would act on. */
const ACTIVE = /@[a-z0-9]|#\d|\bGH-\d|https?:|www\.|mailto:|:tada:/i;

test("prose is one paragraph of plain text, whatever it holds", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const shown = inline(text, 2_000);
      const alone = structure(shown);
      expect(alone.filter((tag) => tag !== "p" && tag !== "/p")).toEqual([]);
      expect(structure(`Before ${shown} after`)).toEqual(["p", "/p"]);
      expect(prose(shown)).not.toMatch(ACTIVE);
    }),
    { numRuns: 500 },
  );
});

test("prose keeps its words", () => {
  for (const text of HOSTILE) {
    const kept = visible(text)
      .trim()
      .replace(/ +/g, " ")
      .replace(/http(?=s?:)/gi, "hxxp");
    expect(textOf(`x${inline(text)}x`).replace(BREAK, "")).toBe(`x${kept}x`);
  }
});

test("a code span holds its text, and nothing else on the line changes", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const shown = code(text, 2_000);
      if (shown === "(empty)") return;
      expect(structure(`a ${shown} b`)).toEqual(["p", "code", "/code", "/p"]);
      expect(textOf(`a ${shown} b`).replace(BREAK, "")).toBe(`a ${visible(text).replace(/http(?=s?:)/gi, "hxxp")} b`);
      expect(prose(shown)).not.toMatch(ACTIVE);
    }),
    { numRuns: 500 },
  );
  expect(code("")).toBe("(empty)");
  expect(code("   ")).toBe("(empty)");
  expect(code("a`b``c")).toBe("```a`b``c```");
  expect(code("`a`")).toBe("`` `a` ``");
});

test("mail clients show code as text, so that mentions and links are broken in code too", () => {
  expect(code("@acme/team #12 https://x.example")).toBe("`@\u200bacme/team #\u200b12 hxxps://x.example`");
  expect(fence(["@acme/team www.x.example"])).toBe("```\n@\u200bacme/team www\u200b.x.example\n```");
});

test("a block is one block, its lines one by one", () => {
  fc.assert(
    fc.property(fc.array(hostileText, { maxLength: 5 }), (lines) => {
      const shown = fence(lines, "diff");
      expect(structure(`${shown}\n\nafter`)).toEqual(["pre", "code", "/code", "/pre", "p", "/p"]);
      expect(shown.split("\n")).toHaveLength(lines.length + 2);
    }),
    { numRuns: 300 },
  );
});

test("a table keeps its cells", () => {
  fc.assert(
    fc.property(hostileText, hostileText, (a, b) => {
      const shown = markdownTable(
        ["A", "B:"],
        [
          [code(a), inline(b)],
          [inline(a), code(b)],
        ],
      );
      expect(cellCounts(shown)).toEqual([2, 2, 2, 2]);
      const cells = structure(shown).filter((tag) => tag === "td" || tag === "th");
      expect(cells).toEqual(["th", "th", "td", "td", "td", "td"]);
      expect(structure(shown).filter((tag) => !/^\/?(table|thead|tbody|tr|td|th|code)$/.test(tag))).toEqual([]);
    }),
    { numRuns: 500 },
  );
  expect(markdownTable(["A", "B:"], [["x", "1"]])).toBe("| A | B |\n| --- | ---: |\n| x | 1 |");
  expect(textOf(markdownTable(["A"], [[code("a|b")]]))).toContain("a|b");
  expect(textOf(markdownTable(["A"], [[code("a\\\\|b")]]))).toContain("a\\\\\\u{7c}b");
});

test("a fold ends where we end it", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const shown = details(`${htmlCode(text)} ${htmlInline(text)}`, fence([text]));
      expect(structure(shown)).toEqual([
        "details",
        "summary",
        "code",
        "/code",
        "/summary",
        "pre",
        "code",
        "/code",
        "/pre",
        "/details",
      ]);
      expect(prose(shown)).not.toMatch(ACTIVE);
    }),
    { numRuns: 300 },
  );
});

test("a marker is one HTML comment, and no text can make a second one", () => {
  expect(marker("report", { scope: "payments" })).toBe("<!-- evenkeel:report v1 scope=payments -->");
  expect(marker("report", { scope: "a --> <b>\n" })).toBe("<!-- evenkeel:report v1 scope=a-b- -->");
  for (const encode of [inline, code, htmlCode, htmlInline, (text: string) => fence([text])]) {
    expect(encode(marker("report", { scope: "payments" }))).not.toContain("<!--");
  }
});

test("ARNs, account numbers and times of day can be copied", () => {
  for (const text of ["arn:aws:sts::111111111111:assumed-role/x", "111111111111", "2026-01-02T03:04:05.678Z"])
    expect(inline(text)).toBe(text);
});

test("bytes are UTF-8's", () => {
  expect(bytes("aé世🙂")).toBe(1 + 2 + 3 + 4);
});
