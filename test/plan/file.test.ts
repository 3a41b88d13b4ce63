import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { canonical, toJson } from "../../src/json.ts";
import { confirmationLine, itemHash, itemLine, planDigest, readPlan, writePlan } from "../../src/plan/file.ts";
import { bucketItem, heldItem, planOf, volumeItem } from "../report/sample.ts";

const items = [bucketItem(1), bucketItem(2), volumeItem(3)];
const plan = planOf(items, [heldItem(1)]);
const text = writePlan(plan);
const lines = text.trimEnd().split("\n");

function problems(edited: string): readonly string[] {
  try {
    readPlan("p.jsonl", edited);
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ line, message }) => `${line}: ${message}`);
    throw error;
  }
  return [];
}

function file(...parts: readonly (string | undefined)[]): string {
  return parts.map((part) => `${part ?? ""}\n`).join("");
}

test("a plan comes back from its file as it was, and its file is the same bytes again", () => {
  const back = readPlan("p.jsonl", text);
  expect(back).toEqual(plan);
  expect(writePlan(back)).toBe(text);
  expect(lines).toHaveLength(4);
  for (const line of lines) expect(canonical(toJson(JSON.parse(line)))).toBe(line);
});

test("property: any single character of an item line that is changed, put in or taken out is refused", () => {
  const character = fc.constantFrom(...'aZ09 {}[]":,.-_\\/é\u0000');
  const edit = fc.record({
    line: fc.integer({ min: 1, max: 3 }),
    at: fc.nat(5000),
    how: fc.constantFrom("change", "insert", "delete"),
    character,
  });
  fc.assert(
    fc.property(edit, ({ line, at, how, character: put }) => {
      const old = lines[line] ?? "";
      const place = at % old.length;
      const rest = old.slice(how === "insert" ? place : place + 1);
      const edited = old.slice(0, place) + (how === "delete" ? "" : put) + rest;
      fc.pre(edited !== old);
      expect(problems(file(...lines.map((known, index) => (index === line ? edited : known))))[0]).toMatch(
        new RegExp(`^${line + 1}: `),
      );
    }),
    { numRuns: 400 },
  );
});

test("deleted lines are declined; doubled, added and foreign ones are refused, each with its line", () => {
  const [header, first, second, third] = lines;
  expect(readPlan("p", file(header, second)).items.map(({ id }) => id)).toEqual([items[1]?.id]);
  expect(readPlan("p", file(header)).items).toEqual([]);
  expect(readPlan("p", file(header, third, first)).items).toHaveLength(2);
  expect(problems(file(header, first, second, first))).toEqual([`4: item ${items[0]?.id}: the line stands twice`]);
  expect(problems(file(header, itemLine(bucketItem(9)), second))).toEqual([
    `2: item ${bucketItem(9).id}: the line was edited or added after the engine wrote the plan (its hash is not in the header)`,
  ]);
  expect(problems(file(header, "{}", first, ""))).toEqual([
    "2: expected a plan item; the line was edited or added",
    "4: not JSON; the line was edited",
  ]);
  expect(problems(file(first, second))).toEqual(["1: expected the header of an Evenkeel plan (`evenkeel_plan: 1`)"]);
  expect(problems("")).toEqual(["1: the plan is empty"]);
});

test("JSON that is written in another way is not what the engine wrote", () => {
  const [header = "", first = ""] = lines;
  const spaced = first.replace('"account":', '"account": ');
  const turned = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(first)).reverse()));
  const twice = first.replace("{", '{"account":"333333333333",');
  for (const edited of [spaced, turned, twice]) {
    expect(problems(file(header, edited))[0]).toContain("2: not as the engine wrote it");
  }
  expect(problems(text.replaceAll("\n", "\r\n"))[0]).toContain("1: not as the engine wrote it");
});

test("header edits that matter are refused: format, kind, hashes, unknown keys", () => {
  const [header = "", ...rest] = lines;
  const edited = (from: string | RegExp, to: string) => {
    expect(header.replace(from, to)).not.toBe(header);
    return problems(file(header.replace(from, to), ...rest));
  };
  expect(edited('"evenkeel_plan":1', '"evenkeel_plan":2')).not.toEqual([]);
  expect(edited('"kind":"remediate"', '"kind":"other"')).not.toEqual([]);
  expect(edited(itemHash(bucketItem(1)), "0".repeat(64))).not.toEqual([]);
  expect(edited('"scope":', '"scop":')).not.toEqual([]);
  expect(edited(/"expires":"[^"]*"/, '"expires":"never"')).not.toEqual([]);
});

test("the digest names what the engine proposed: not the expiry, not what a reviewer declined", () => {
  const { header } = plan;
  const digest = planDigest(header);
  expect(planDigest({ ...header, expires: "2099-01-01T00:00:00.000Z" })).toBe(digest);
  expect(planDigest(readPlan("p", file(lines[0], lines[2])).header)).toBe(digest);
  expect(planDigest({ ...header, scope: "other" })).not.toBe(digest);
  expect(planDigest({ ...header, kind: "undo" })).not.toBe(digest);
  expect(planDigest({ ...header, items: header.items.slice(1) })).not.toBe(digest);
});

test("confirmations stand beside the items, and nothing that names the plan changes by them", () => {
  const [arn, id] = [items[2]?.resource.arn ?? "", items[2]?.resource.id ?? ""];
  const confirmed = `${text}${confirmationLine(arn)}\n`;
  expect(confirmationLine(arn)).toBe(`{"confirm":"${arn}"}`);
  const back = readPlan("p", confirmed);
  expect(back).toEqual({ ...plan, confirmed: [arn] });
  expect(writePlan(back)).toBe(confirmed);
  expect(planDigest(back.header)).toBe(planDigest(plan.header));
  // Wherever they stand, and without the last line's end.
  const [header, first, ...rest] = lines;
  const mixed = file(header, confirmationLine(id), first, ...rest) + confirmationLine(arn);
  expect(readPlan("p", mixed)).toEqual({ ...plan, confirmed: [id, arn] });
});

test("a confirmation is written letter by letter: what is all but right is shown as it has to be", () => {
  const wrong = [
    ['{"confirm": "vol-1"}', '5: write the confirmation as {"confirm":"vol-1"}, without spaces'],
    [' {"confirm":"vol-1"}', '5: write the confirmation as {"confirm":"vol-1"}, without spaces'],
    ['{"confirm":"vol-1"}\r', '5: write the confirmation as {"confirm":"vol-1"}, without spaces'],
    ['{"confirm":"vol-1",}', "5: not JSON"],
    ['{"confirm":["vol-1"]}', "5: expected a plan item"],
    ['{"confirm":""}', "5: expected a plan item"],
    ['{"confirm":"vol-1","item":"x"}', "5: expected a plan item"],
    ["vol-1", "5: not JSON"],
  ] as const;
  for (const [line, words] of wrong) {
    expect(problems(`${text}${line}\n`), line).toEqual([expect.stringContaining(words)]);
  }
  expect(problems(file(confirmationLine("x"), ...lines))).not.toEqual([]);
});
