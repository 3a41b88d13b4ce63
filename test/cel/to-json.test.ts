import fc from "fast-check";
import { expect, test } from "vitest";
import { createCel } from "../../src/cel/environment.ts";
import type { Json } from "../../src/types/json.ts";
import type { Shape } from "../../src/types/shape.ts";
import { bool, double, int, json, listOf, mapOf, structure, text, time } from "./shapes.ts";

const cel = createCel();

function through(shape: Shape, value: Json, source = "x") {
  const compiled = cel.compile(source, { x: shape }, source === "x" ? shape : undefined);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.value.evaluate({ x: { json: value } });
}

/** A shape together with JSON of that shape. */
const { value: shaped } = fc.letrec<{ value: { shape: Shape; json: Json } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.string().map((value) => ({ shape: text, json: value })),
    fc.boolean().map((value) => ({ shape: bool, json: value })),
    fc.maxSafeInteger().map((value) => ({ shape: int, json: value })),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({ shape: double, json: value })),
    fc
      .date({ noInvalidDate: true, min: new Date("0001-01-01"), max: new Date("9999-12-31") })
      .map((value) => ({ shape: time, json: value.toISOString() })),
    fc.uint8Array().map((value): { shape: Shape; json: Json } => ({
      shape: { kind: "blob" },
      json: Buffer.from(value).toString("base64"),
    })),
    fc
      .maxSafeInteger()
      .map((value): { shape: Shape; json: Json } => ({ shape: { kind: "duration" }, json: `${value}s` })),
    fc
      .oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()))
      .map((value) => ({ shape: json, json: JSON.stringify(value) })),
    fc.json().map((value): { shape: Shape; json: Json } => ({ shape: { kind: "any" }, json: JSON.parse(value) })),
    tie("value").map(({ shape, json: value }) => ({ shape: listOf(shape), json: [value, value] })),
    fc.tuple(fc.string(), tie("value")).map(([key, { shape, json: value }]) => ({
      shape: mapOf(shape),
      json: Object.fromEntries([[key, value]]),
    })),
    fc.array(fc.tuple(fc.stringMatching(/^[A-Z][a-z]{1,6}$/), tie("value")), { maxLength: 4 }).map((members) => ({
      // Two structures of one name are the same, so each gets a name of its own content.
      shape: structure(
        `t.${JSON.stringify(members)}`,
        Object.fromEntries(members.map(([name, { shape }]) => [name, shape])),
      ),
      json: Object.fromEntries(members.map(([name, { json: value }]) => [name, value])),
    })),
  ),
}));

test("JSON to CEL and back is the same JSON", () => {
  fc.assert(
    fc.property(shaped, ({ shape, json: value }) => {
      const result = through(shape, value);
      // A null of any type is a value; elsewhere it says "not set", and no generated shape holds one.
      expect(result).toEqual({ kind: "value", value });
    }),
    { numRuns: 300 },
  );
});

test.each<[Shape, Json, string]>([
  [int, 1.5, "x: expected a whole number, found a number"],
  [text, 1, "x: expected text, found a number"],
  [time, "soon", "x: expected a time in ISO 8601, found text"],
  [json, "{", "x is not valid JSON"],
  [json, '"a"', "x is JSON, but no object or list"],
  [listOf(int), ["a"], "x[]: expected a whole number, found text"],
  [structure("t.Wrong", { A: bool }), [], "x: expected a structure, found a list"],
])("JSON that is not of its shape is an error: %j %j", (shape, value, message) => {
  expect(through(shape, value)).toEqual({ kind: "error", message });
});

test.each<[string, Json]>([
  ["1.0", 1],
  ["b'abc'", "YWJj"],
  ["duration('1h')", "3600s"],
  ["duration('-1.5s')", "-1.5s"],
  ["timestamp('2026-01-01T00:00:00+01:00')", "2025-12-31T23:00:00.000Z"],
  ["null", null],
  ["{'a': optional.none(), 'b': optional.of(1)}", { b: 1 }],
  ["[optional.none(), 1]", [1]],
  ["{1: 'a', true: 'b'}", { "1": "a", true: "b" }],
  ["{'__proto__': 1, 'constructor': 2}", JSON.parse('{"__proto__": 1, "constructor": 2}')],
  ["3u", 3],
])("%s as JSON", (source, expected) => {
  const compiled = cel.compile(source, {});
  expect(compiled.ok && compiled.value.evaluate({})).toEqual({ kind: "value", value: expected });
});

test.each(["9007199254740993", "1.0 / 0.0", "type(1)"])("%s cannot be JSON", (source) => {
  const compiled = cel.compile(source, {});
  expect(compiled.ok && compiled.value.evaluate({})).toMatchObject({ kind: "error" });
});

test("a value of no declared type must fit what is expected of it", () => {
  const shape = structure("t.Fit", { "Id!": text, N: int });
  for (const [value, message] of [
    [{ N: 1 }, "the result.Id is required and not set"],
    [{ Id: "a", M: 1 }, "the result has no member M"],
    [{ Id: "a", N: "1" }, "the result.N: expected a whole number, found text"],
  ] as const) {
    const compiled = cel.compile("x", { x: { kind: "any" } }, shape);
    expect(compiled.ok && compiled.value.evaluate({ x: { json: value } })).toEqual({ kind: "error", message });
  }
});
