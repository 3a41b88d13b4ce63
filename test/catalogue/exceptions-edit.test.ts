import fc from "fast-check";
import { expect, test } from "vitest";
import { entriesIn, withExpiry } from "../../src/catalogue/exceptions-edit.ts";
import type { ExceptionEntry } from "../../src/types/exception.ts";

const FILE = "exceptions/a.yaml";
const UNTIL = "2026-06-10";

/** How one entry may be written: the order of its keys, and how each value stands. */
interface Style {
  readonly flow: boolean;
  readonly day: "plain" | "single" | "double" | "tagged" | "escaped" | "literal" | "folded" | "below";
  readonly reason: string;
  readonly order: readonly number[];
  readonly comment: string;
  readonly resource: string;
  readonly expires: string;
}

const scalar = fc.constantFrom(
  "Served to partners, moves in spring",
  "it's '2026-03-12' that counts: \"really\"",
  "expires: 2026-03-12 # no comment",
  "ends 😀 2026-03-12, then [gone]",
  "*star &anchor {x}",
);
const style: fc.Arbitrary<Style> = fc.record({
  flow: fc.boolean(),
  day: fc.constantFrom("plain", "single", "double", "tagged", "escaped", "literal", "folded", "below"),
  reason: scalar,
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }),
  comment: fc.constantFrom("", " # until 2026-03-12", " # 😀 ends soon"),
  resource: fc.constantFrom("press", "orders", "2026-03-12"),
  expires: fc.constantFrom("2026-03-12", "2026-03-13"),
});

function dayOf({ day, expires, flow }: Style, indent: string): string {
  switch (day) {
    case "single":
      return `'${expires}'`;
    case "double":
      return `"${expires}"`;
    case "tagged":
      return `!!str ${expires}`;
    case "escaped":
      return `"${expires.replace("-", "\\x2d")}"`;
    case "literal":
      return flow ? expires : `|-\n${indent}    ${expires}`;
    case "folded":
      return flow ? expires : `>-\n\n${indent}    ${expires}\n`.replace("\n\n", "\n").trimEnd();
    case "below":
      return flow ? expires : `\n${indent}    ${expires}`;
    case "plain":
      return expires;
  }
}

function written(one: Style, index: number, indent: string): string {
  const keys = [
    ["id", `e${index}`],
    ["policy", "x_thing_blocked"],
    ["match", `{ resource: ${JSON.stringify(one.resource)} }`],
    ["reason", JSON.stringify(one.reason)],
    ["owner", "team-a"],
    ["expires", dayOf(one, indent)],
  ];
  const ordered = one.order.map((at) => keys[at] ?? []);
  if (one.flow) return `{ ${ordered.map(([key, value]) => `${key}: ${value}`).join(", ")} }`;
  const lines = ordered.map(([key, value = ""]) => `${key}: ${value}${value.includes("\n") ? "" : one.comment}`);
  return lines.join(`\n${indent}`);
}

function fileOf(styles: readonly Style[], list: boolean, ends: "\n" | "\r\n"): string {
  const [first] = styles;
  const text =
    !list && first !== undefined
      ? `# ours\n${written(first, 0, "")}\n`
      : `# ours, to 2026-03-12\n${styles.map((one, index) => `- ${written(one, index, "  ")}`).join("\n\n")}\n# end\n`;
  return text.replaceAll("\n", ends);
}

test("whatever the formatting, exactly one line changes, and of the meaning only the one day", () => {
  let renewed = 0;
  fc.assert(
    fc.property(
      fc.array(style, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.constantFrom("\n" as const, "\r\n" as const),
      fc.nat(),
      (styles, list, ends, pick) => {
        const text = fileOf(styles, list, ends);
        const entries = entriesIn(FILE, text) ?? [];
        expect(entries, text).toHaveLength(list ? styles.length : 1);
        const index = pick % entries.length;
        const entry = entries[index];
        if (entry === undefined) throw new Error("no entry");
        const changed = withExpiry(FILE, text, entry, UNTIL);
        if (changed === undefined) throw new Error(`not changed:\n${text}`);
        renewed += 1;
        const [before, after] = [text.split("\n"), changed.split("\n")];
        expect(after).toHaveLength(before.length);
        const differ = before.flatMap((line, at) => (line === after[at] ? [] : [at]));
        expect(differ, changed).toHaveLength(1);
        expect(entriesIn(FILE, changed)).toEqual(
          entries.map((one, at) => (at === index ? { ...one, expires: UNTIL } : one)),
        );
        // The other way about nothing is left of it but, at most, how the day was spelt.
        expect(entriesIn(FILE, withExpiry(FILE, changed, { ...entry, expires: UNTIL }, entry.expires) ?? "")).toEqual(
          entries,
        );
      },
    ),
    { numRuns: 1_000 },
  );
  expect(renewed).toBe(1_000);
});

const entry = (resource: string): ExceptionEntry => ({
  policy: "x_thing_blocked",
  match: { resource },
  reason: "Served to partners",
  owner: "team-a",
  expires: "2026-03-12",
});
const lines = (resource: string, day: string): string =>
  `- policy: x_thing_blocked\n  match: { resource: ${resource} }\n  reason: Served to partners\n  owner: team-a\n  expires: ${day}\n`;

test("an alias gives way to a day of its own; a day that others take over by an alias is left alone", () => {
  const text = lines("a", "&end 2026-03-12") + lines("b", "*end # as the first");
  expect(withExpiry(FILE, text, entry("b"), UNTIL)).toBe(
    lines("a", "&end 2026-03-12") + lines("b", '"2026-06-10" # as the first'),
  );
  expect(withExpiry(FILE, text, entry("a"), UNTIL)).toBeUndefined();
  // An anchor that nobody uses binds nobody.
  expect(withExpiry(FILE, lines("a", "&end 2026-03-12"), entry("a"), UNTIL)).toBe(lines("a", "&end 2026-06-10"));
  const twice = `${lines("a", "2026-03-12").replace("- ", "- &one\n  ")}- *one\n`;
  expect(entriesIn(FILE, twice)).toEqual([entry("a"), entry("a")]);
  expect(withExpiry(FILE, twice, entry("a"), UNTIL)).toBeUndefined();
});

test("of two entries that say the same one changes; what is not there, or no longer the same, is not touched", () => {
  const text = lines("a", "2026-03-12") + lines("a", "2026-03-12");
  expect(withExpiry(FILE, text, entry("a"), UNTIL)).toBe(lines("a", UNTIL) + lines("a", "2026-03-12"));
  expect(withExpiry(FILE, text, entry("b"), UNTIL)).toBeUndefined();
  expect(withExpiry(FILE, text, { ...entry("a"), owner: "team-b" }, UNTIL)).toBeUndefined();
  expect(withExpiry(FILE, "policy: [", entry("a"), UNTIL)).toBeUndefined();
  expect(withExpiry(FILE, "", entry("a"), UNTIL)).toBeUndefined();
  const bom = `\uFEFF${lines("a", "2026-03-12")}`;
  expect(withExpiry(FILE, bom, entry("a"), UNTIL)).toBe(`\uFEFF${lines("a", UNTIL)}`);
});
