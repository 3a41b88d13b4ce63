import { expect, test } from "vitest";
import { shows } from "../../src/apply/look.ts";
import type { Json } from "../../src/types/json.ts";

const one = (is: Json | undefined, wanted: Json | undefined) =>
  shows(is === undefined ? {} : { F: is }, wanted === undefined ? {} : { F: wanted }, ["F"]);

test.each([
  ["the same", { a: 1 }, { a: 1 }, true],
  ["more than planned", { a: 1, b: 2 }, { a: 1 }, true],
  ["less than planned", { a: 1 }, { a: 1, b: 2 }, false],
  ["another value", { a: 2 }, { a: 1 }, false],
  ["deeper", { a: { b: [{ c: 1, d: 2 }] } }, { a: { b: [{ c: 1 }] } }, true],
  ["a list of another length", [1, 2], [1], false],
  ["a list in another order", [2, 1], [1, 2], false],
  ["absent as planned", undefined, undefined, true],
  ["there though planned absent", {}, undefined, false],
  ["absent though planned", undefined, {}, false],
  ["text", "a", "a", true],
  ["other text", "a", "b", false],
  ["numbers that look alike as text", "1", "1.0", false],
  ["a document written in another way", '{"b":[1],"a":2}', '{ "a": 2, "b": [1] }', true],
  ["a document with more in it", '{"a":1,"b":2}', '{"a":1}', false],
  ["a document and other text", '{"a":1}', "a", false],
  ["an inherited name", {}, { toString: null }, true],
  ["false and not set", { a: null }, {}, true],
] as const)("%s", (_, is, wanted, expected) => {
  expect(one(is, wanted)).toBe(expected);
});

test("only the fields spoken of count, and all of them", () => {
  expect(shows({ A: 1, B: 2 }, { A: 1, B: 3 }, ["A"])).toBe(true);
  expect(shows({ A: 1, B: 2 }, { A: 1, B: 3 }, ["A", "B"])).toBe(false);
  expect(shows({ A: 1 }, {}, [])).toBe(true);
});
