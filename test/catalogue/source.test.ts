import fc from "fast-check";
import { expect, test } from "vitest";
import { type Path, readSource } from "../../src/catalogue/source.ts";
import { problemText } from "../../src/errors.ts";
import { at, edit, POLICY, problemsOf, TEXTS } from "../support/catalogue-texts.ts";

function read(text: string) {
  const { source, problems } = readSource("f.yaml", text);
  return { source, problems: problems.map(problemText) };
}

function place(text: string, path: Path, which?: "key" | "value", offset?: number): string {
  const { source, problems } = read(text);
  if (source === undefined) throw new Error(problems.join("; "));
  const { line, column } = source.locate(path, which, offset);
  return `${line}:${column}`;
}

test("keys and values are found where they stand, in blocks and in flow mappings", () => {
  const text = "a: 1\nb:\n  - c: { d: 2, 'e': [x, yy] }\n";
  expect(place(text, ["b", 0, "c", "d"], "key")).toBe("3:10");
  expect(place(text, ["b", 0, "c", "d"])).toBe("3:13");
  expect(place(text, ["b", 0, "c", "e"], "key")).toBe("3:16");
  expect(place(text, ["b", 0, "c", "e", 1])).toBe("3:25");
});

test("what is not there is placed at its nearest parent", () => {
  const text = "a:\n  b: 1\nempty:\n";
  expect(place(text, ["a", "none"])).toBe("2:3");
  expect(place(text, ["a", "b", "deeper", 3])).toBe("2:6");
  expect(place(text, ["none"])).toBe("1:1");
  expect(["3:1", "3:7"]).toContain(place(text, ["empty"]));
});

/** The value's last word, in every way YAML can write it: its offset in the value must lead to its place in the file. */
const FORMS: readonly (readonly [string, string])[] = [
  ["plain", "k: one two WORD\n"],
  ["plain over lines", "k: one\n  two\n  WORD\n"],
  ["single quotes", "k: 'one ''two'' WORD'\n"],
  ["double quotes", 'k: "one \\"two\\" \\t WORD"\n'],
  ["double quotes with code points", 'k: "\\x41\\u0042\\U00000043 \\\\ WORD"\n'],
  ["double quotes over lines", 'k: "one \\\n  two\n\n  WORD"\n'],
  ["literal", "k: |\n  one\n\n    two\n  WORD\n"],
  ["literal with indicators and a comment", "k: |2- # words | WORLD\n  one\n   WORD\n"],
  ["folded", "k: >-\n  one\n  two WORD\n  more\n"],
  ["literal with tabs", "k: |\n  one\t\ttwo\t\n  \tWORD\n"],
  ["flow", "k: { a: 1, k: 'x WORD' }\n"],
  ["after an anchor", "k: &anchor |\n  one\n  WORD\n"],
];

test.each([...FORMS, ...FORMS.map(([name, text]) => [`${name}, CRLF`, text.replaceAll("\n", "\r\n")] as const)])(
  "an offset into a value leads to its place in the file: %s",
  (_, text) => {
    const { source } = read(text);
    const value = JSON.parse(JSON.stringify(source?.value ?? null));
    const [path, content]: [Path, string] = typeof value.k === "string" ? [["k"], value.k] : [["k", "k"], value.k.k];
    const before = text.slice(0, text.indexOf("WORD")).split("\n");
    expect(place(text, path, "value", content.indexOf("WORD"))).toBe(
      `${before.length}:${(before.at(-1) ?? "").length + 1}`,
    );
  },
);

test("property: the offset of any word of a literal block is found", () => {
  const word = fc.stringMatching(/^[a-z(&|"']{1,6}$/);
  const line = fc.array(word, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), fc.nat(), fc.boolean(), (lines, pick, crlf) => {
      const content = lines.map((words) => words.join("  "));
      const text = ["x: 1", "k: |", ...content.map((words) => `    ${words}`), ""].join(crlf ? "\r\n" : "\n");
      const row = pick % content.length;
      const words = lines[row] ?? [];
      const column = words.slice(0, -1).reduce((sum, part) => sum + part.length + 2, 0);
      const offset = content.slice(0, row).reduce((sum, part) => sum + part.length + 1, 0) + column;
      expect(place(text, ["k"], "value", offset)).toBe(`${row + 3}:${column + 5}`);
    }),
    { numRuns: 200 },
  );
});

test("a mistake in CEL inside a block is told at its own line and column, the first character too", () => {
  const second = edit(
    POLICY,
    "resource.Block.BlockPublicPolicy == params",
    "resource.Block.BlockPublicPolciy == params",
  );
  expect(problemsOf(second)).toEqual([
    `${at(second, POLICY, "BlockPublicPolciy")}: s3.PublicAccessBlockConfiguration has no member BlockPublicPolciy (did you mean BlockPublicPolicy?)`,
  ]);
  const first = edit(POLICY, "  resource.Block.BlockPublicAcls &&", "  resuorce.Block.BlockPublicAcls &&");
  expect(problemsOf(first)).toEqual([expect.stringContaining(`${at(first, POLICY, "resuorce")}: `)]);
  const crlf = { ...second, [POLICY]: (second[POLICY] ?? "").replaceAll("\n", "\r\n") };
  expect(problemsOf(crlf)).toEqual([expect.stringContaining(`${at(crlf, POLICY, "BlockPublicPolciy")}: `)]);
  const folded = edit(POLICY, "check: |", "check: >-", second);
  expect(problemsOf(folded)).toEqual([expect.stringContaining(`${at(folded, POLICY, "BlockPublicPolciy")}: `)]);
});

test("a mistake in ${…} inside a call's input is told at its own place", () => {
  const file = "remediations/block.yaml";
  const texts = edit(file, '"${after.Block}"', '"${after.Blokc}"', TEXTS);
  expect(problemsOf(texts)).toEqual([
    expect.stringMatching(new RegExp(`^${at(texts, file, "Blokc")}: .*mean Block\\?`)),
  ]);
});

test.each([
  ["a key that stands twice", "a: 1\nb: 2\na: 3\n", "f.yaml:3:1: Map keys must be unique"],
  ["a key that stands twice, deeper", "a: { b: 1, b: 2 }\n", "f.yaml:1:12: Map keys must be unique"],
  ["a tab as indentation", "a:\n\tb: 1\n", "f.yaml:2:"],
  ["an open bracket", "a: [1,\n", "f.yaml:"],
  ["a second document", "a: 1\n---\nb: 2\n", "f.yaml:2:"],
  ["an alias to nothing", "a: *none\n", "f.yaml:1:"],
  ["an empty file", "", "f.yaml:1:1: expected a YAML mapping, found an empty file"],
  ["only a comment", "# words\n", "f.yaml:1:1: expected a YAML mapping, found an empty file"],
  ["an alias bomb", bomb(), "f.yaml:1:1: "],
  ["nesting without end", `a: ${"[".repeat(100)}${"]".repeat(100)}\n`, "f.yaml:1:"],
  ["a file too large", `a: "${"x".repeat(1_000_000)}"\n`, "f.yaml:1:1: larger than 1000000 bytes"],
  ["a number that JSON cannot hold", "a: .inf\n", "f.yaml:1:1: "],
])("refused: %s", (_, text, expected) => {
  const { source, problems } = read(text);
  expect(source).toBeUndefined();
  expect(problems.length).toBeGreaterThan(0);
  expect(problems[0]?.startsWith(expected), problems[0]).toBe(true);
});

function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index}, `.repeat(9)}x]`,
  );
  return `l0: &l0 [x]\n${levels.join("\n")}\n`;
}

test("sixty levels are fine, one more is told where it begins", () => {
  const nested = (levels: number) => `a: ${"[".repeat(levels)}${"]".repeat(levels)}\n`;
  expect(read(nested(58)).problems).toEqual([]);
  expect(read(nested(70)).problems).toEqual([expect.stringMatching(/^f.yaml:1:\d+: nested deeper than 60 levels$/)]);
});

test("YAML 1.2: no, on and dates are text, and an alias is its value", () => {
  const { source } = read("a: no\nb: on\nc: 2026-01-01\nd: &x { y: 0o17 }\ne: *x\n");
  expect(source?.value).toEqual({ a: "no", b: "on", c: "2026-01-01", d: { y: 15 }, e: { y: 15 } });
  expect(place("d: &x { y: 1 }\ne: *x\n", ["e", "y"])).toBe("2:4");
});

test("__proto__ is a key like any other, and changes nothing", () => {
  const { source } = read("__proto__: { polluted: true }\na: 1\n");
  expect(Object.keys(source?.value ?? {})).toEqual(["__proto__", "a"]);
  expect("polluted" in {}).toBe(false);
  expect(place("a: 1\n__proto__: 2\n", ["__proto__"], "key")).toBe("2:1");
});
