import { expect, test } from "vitest";
import { checkParams, defaults, missingParams, paramShape } from "../../src/catalogue/params.ts";
import type { ParamSchema } from "../../src/types/catalogue.ts";
import type { Json } from "../../src/types/json.ts";
import { edit, POLICY, problemsOf } from "../support/catalogue-texts.ts";

function wrong(schema: ParamSchema, value: Json): string | undefined {
  return checkParams({ p: schema }, { p: value })[0]?.message;
}

test.each([
  [{ type: "boolean" }, true, 1],
  [{ type: "integer" }, 3, 3.5],
  [{ type: "number" }, 3.5, "3.5"],
  [{ type: "string" }, "a", 7],
  [{ type: "array" }, [1, "a"], { a: 1 }],
  [{ type: "object" }, { a: 1 }, [1]],
  [{ type: "object" }, {}, null],
] as const)("%j takes %j and refuses %j", (schema, good, bad) => {
  expect(wrong(schema, good)).toBeUndefined();
  expect(wrong(schema, bad)).toBe(`parameter \`p\` is ${JSON.stringify(bad)}; expected ${schema.type}`);
});

test("enum, minimum, maximum, pattern and items each refuse what they should, and only that", () => {
  expect(wrong({ type: "string", enum: ["a", "b"] }, "b")).toBeUndefined();
  expect(wrong({ type: "string", enum: ["a", "b"] }, "c")).toBe('parameter `p` is "c"; expected "a", "b"');
  expect(wrong({ type: "object", enum: [{ a: 1, b: 2 }] }, { b: 2, a: 1 })).toBeUndefined();
  expect(wrong({ type: "integer", minimum: 2 }, 2)).toBeUndefined();
  expect(wrong({ type: "integer", minimum: 2 }, 1)).toBe("parameter `p` is 1; expected at least 2");
  expect(wrong({ type: "number", maximum: 2 }, 2)).toBeUndefined();
  expect(wrong({ type: "number", maximum: 2 }, 2.1)).toBe("parameter `p` is 2.1; expected at most 2");
  expect(wrong({ type: "string", pattern: "^a+$" }, "aa")).toBeUndefined();
  expect(wrong({ type: "string", pattern: "^a+$" }, "ab")).toBe(
    'parameter `p` is "ab"; expected text that matches ^a+$',
  );
  const list: ParamSchema = { type: "array", items: { type: "string", enum: ["x"] } };
  expect(checkParams({ p: list }, { p: ["x", 1, "y"] })).toEqual([
    { path: ["p", 1], at: "value", message: "parameter `p.1` is 1; expected string" },
    { path: ["p", 2], at: "value", message: 'parameter `p.2` is "y"; expected "x"' },
  ]);
});

test("a pattern that would take another engine for ever takes no time", () => {
  const start = performance.now();
  expect(wrong({ type: "string", pattern: "^(a+)+$" }, `${"a".repeat(5000)}!`)).toContain("expected text that matches");
  expect(performance.now() - start).toBeLessThan(2000);
});

test("a parameter that is not declared is named with the nearest, own properties only", () => {
  expect(checkParams({ days: { type: "integer" } }, { dyas: 1 })).toEqual([
    { path: ["dyas"], at: "key", message: "unknown parameter `dyas`; expected days", nearest: "days" },
  ]);
  expect(checkParams(undefined, { a: 1 })[0]?.message).toBe("unknown parameter `a`; it takes none");
  expect(checkParams({ a: { type: "string" } }, { toString: "x" })).toHaveLength(1);
});

test("text with ${…} is checked once it has a value", () => {
  expect(wrong({ type: "string", pattern: "^[0-9]+$" }, "${account.id}")).toBeUndefined();
});

test("defaults and what has none", () => {
  const schemas = {
    a: { type: "integer", default: 0 },
    b: { type: "boolean", default: false },
    c: { type: "string" },
  } as const;
  expect(defaults(schemas)).toEqual({ a: 0, b: false });
  expect(missingParams(schemas, {})).toEqual(["c"]);
  expect(missingParams(schemas, { c: "" })).toEqual([]);
  expect(defaults(undefined)).toEqual({});
});

test("each type is what it is in CEL", () => {
  expect(paramShape({ type: "integer" })).toEqual({ kind: "integer" });
  expect(paramShape({ type: "number" })).toEqual({ kind: "double" });
  expect(paramShape({ type: "array" })).toEqual({ kind: "list", element: { kind: "any" } });
  expect(paramShape({ type: "array", items: { type: "string" } })).toEqual({
    kind: "list",
    element: { kind: "string" },
  });
  expect(paramShape({ type: "object" })).toEqual({ kind: "map", value: { kind: "any" } });
});

test.each([
  ["{ type: string, minimum: 1 }", "`minimum` has no effect on a parameter of type string"],
  ["{ type: boolean, maximum: 1 }", "`maximum` has no effect on a parameter of type boolean"],
  ["{ type: integer, pattern: a }", "`pattern` has no effect on a parameter of type integer"],
  ["{ type: object, items: { type: string } }", "`items` has no effect on a parameter of type object"],
  ["{ type: array, items: { type: string, minimum: 1 } }", "`minimum` has no effect on a parameter of type string"],
  ["{ type: array, items: { type: string, default: a } }", "`default` has no effect on the items of a list"],
  ['{ type: string, pattern: "(" }', "not a regular expression"],
  ["{ type: array, items: { type: string }, default: [1] }", "expected string"],
  ["{ type: integer, minimum: 3, default: 2 }", "expected at least 3"],
])("a declaration %s is refused", (declaration, message) => {
  const texts = edit(POLICY, "params:\n", `params:\n  other: ${declaration}\n`);
  expect(problemsOf(texts)).toEqual([expect.stringContaining(message)]);
  expect(problemsOf(texts)[0]).toMatch(/^policies\/blocked\.yaml:9:/);
});
