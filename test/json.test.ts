import fc from "fast-check";
import { expect, test } from "vitest";
import { atPointer, canonical, isArray, isObject, own, sameJson, toJson, withPointer } from "../src/json.ts";
import type { Json } from "../src/types/json.ts";

/** Any JSON; `-0` is left out, since JSON text has it but RFC 8785 writes 0. */
const anyJson = fc.jsonValue({ maxDepth: 4 }).map((value) => toJson(JSON.parse(JSON.stringify(value))));

test("the examples of RFC 8785", () => {
  const literals = toJson(
    JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    ),
  );
  expect(canonical(literals)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  const keys = toJson({
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  });
  const order = [...canonical(keys).matchAll(/:"(.*?)"/g)].map(([, word]) => word);
  expect(order).toEqual([
    "Carriage Return",
    "One",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ]);
});

test.each([
  [0, "0"],
  [-0, "0"],
  [5e-324, "5e-324"],
  [1.7976931348623157e308, "1.7976931348623157e+308"],
  [9007199254740992, "9007199254740992"],
  [295147905179352830000, "295147905179352830000"],
  [9.999999999999997e22, "9.999999999999997e+22"],
  [1e23, "1e+23"],
  [1e-7, "1e-7"],
])("the number %d is written %s", (value, text) => {
  expect(canonical(value)).toBe(text);
});

test("property: what is written canonically is read back the same, and is canonical again", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      const text = canonical(value);
      const back = toJson(JSON.parse(text));
      expect(canonical(back)).toBe(text);
      expect(sameJson(back, value)).toBe(true);
      expect(back).toEqual(value);
    }),
  );
});

test("property: the order of members means nothing, the order of elements does", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      expect(canonical(turned(value))).toBe(canonical(value));
    }),
  );
  expect(sameJson([1, 2], [2, 1])).toBe(false);
});

function turned(value: Json): Json {
  if (isArray(value)) return value.map(turned);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, turned(item)]),
  );
}

test("different values are written differently", () => {
  const values: readonly Json[] = [null, false, 0, "", "0", [], {}, [null], { a: null }, [[]], "null", { "": 0 }];
  expect(new Set(values.map(canonical)).size).toBe(values.length);
  expect(sameJson(undefined, undefined)).toBe(true);
  expect(sameJson(undefined, null)).toBe(false);
});

test("toJson takes what JSON can say and refuses the rest", () => {
  expect(toJson({ a: undefined, b: 1n, c: [true, null] })).toEqual({ b: 1, c: [true, null] });
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol("x"), undefined])
    expect(() => toJson(wrong)).toThrow(TypeError);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(() => toJson(cycle)).toThrow("nested too deeply");
});

test("__proto__ and inherited names are members like any other", () => {
  const value = toJson(JSON.parse('{"__proto__":{"x":1},"b":2}'));
  expect(canonical(value)).toBe('{"__proto__":{"x":1},"b":2}');
  expect(atPointer(value, "/__proto__/x")).toBe(1);
  expect(atPointer({ a: 1 }, "/toString")).toBeUndefined();
  expect(own({}, "constructor")).toBeUndefined();
  const made = withPointer({}, "/__proto__/x", 1);
  expect(canonical(made)).toBe('{"__proto__":{"x":1}}');
  expect("x" in {}).toBe(false);
});

test("pointers find and replace, in lists and through ~0 and ~1", () => {
  const value: Json = { "a/b": [{ "c~d": 1 }] };
  expect(atPointer(value, "/a~1b/0/c~0d")).toBe(1);
  expect(atPointer(value, "")).toBe(value);
  expect(atPointer(value, "/a~1b/0/c~0d/deeper")).toBeUndefined();
  expect(atPointer(value, "/a~1b/7")).toBeUndefined();
  expect(withPointer(value, "/a~1b/0/c~0d", 2)).toEqual({ "a/b": [{ "c~d": 2 }] });
  expect(withPointer(value, "/new/deep", 2)).toEqual({ ...value, new: { deep: 2 } });
  expect(withPointer(value, "", 7)).toBe(7);
  expect(value).toEqual({ "a/b": [{ "c~d": 1 }] });
});
