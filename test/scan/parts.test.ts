import { expect, test } from "vitest";
import type { CompiledField, CompiledType } from "../../src/catalogue/compiled.ts";
import { forEachConcurrent } from "../../src/scan/concurrency.ts";
import { shownValue } from "../../src/scan/finding.ts";
import { load, TEXTS } from "../support/catalogue-texts.ts";

test("never more than the limit under way, and every item once", async () => {
  let [running, most] = [0, 0];
  const seen: number[] = [];
  await forEachConcurrent(
    Array.from({ length: 20 }, (_, n) => n),
    3,
    async (n) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, n % 4));
      running -= 1;
      seen.push(n);
    },
  );
  expect(most).toBe(3);
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

test("the first error stops the taking of items, lets what is under way end, and is thrown", async () => {
  const started: number[] = [];
  const ended: number[] = [];
  const work = forEachConcurrent([1, 2, 3, 4, 5, 6], 2, async (n) => {
    started.push(n);
    if (n === 2) throw new Error("second");
    await Promise.resolve();
    await Promise.resolve();
    ended.push(n);
  });
  await expect(work).rejects.toThrow("second");
  expect(started).not.toContain(6);
  expect(ended).toEqual(started.filter((n) => n !== 2));
});

test("a stream that breaks is thrown once what it gave is done", async () => {
  const ended: number[] = [];
  async function* broken() {
    yield 1;
    yield 2;
    throw new Error("page 2");
  }
  const work = forEachConcurrent(broken(), 8, async (n) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    ended.push(n);
  });
  await expect(work).rejects.toThrow("page 2");
  expect(ended).toEqual([1, 2]);
});

test("members that AWS marks as secret are hidden wherever they stand: in structures, lists and maps", () => {
  const type = load(TEXTS).catalogue.types.get("x.thing");
  const block = type?.fields.get("Name");
  if (type === undefined || block === undefined) throw new Error("no type");
  const text = { kind: "string" } as const;
  const inner = {
    kind: "structure",
    name: "t.Inner",
    members: new Map([
      ["Open", { shape: text, required: false, sensitive: false }],
      ["Password", { shape: text, required: false, sensitive: true }],
    ]),
  } as const;
  const shapes = [
    [inner, { Open: "o", Password: "hidden" }],
    [{ kind: "list", element: inner }, [{ Password: "hidden" }]],
    [{ kind: "map", value: inner }, { key: { Password: "hidden" } }],
  ] as const;
  for (const [shape, value] of shapes) {
    const field: CompiledField = { ...block, name: "F", shape };
    const other: CompiledType = { ...type, fields: new Map([["F", field]]) };
    const shown = JSON.stringify(shownValue(other, "F", { state: "value", value }));
    expect(shown).not.toContain("hidden");
    expect(shown).toMatch(/"Password":\{"sha256":"[0-9a-f]{64}","length":8\}/);
  }
  expect(shownValue(type, "Name", { state: "absent" })).toBeUndefined();
  expect(shownValue(type, "Nothing", { state: "value", value: 1 })).toBeUndefined();
});
