import fc from "fast-check";
import { expect, test } from "vitest";
import { sameJson } from "../../src/json.ts";
import { diffFields, leaves } from "../../src/report/diff.ts";
import type { Json, JsonObject } from "../../src/types/json.ts";

const diff = (before: JsonObject, after: JsonObject) =>
  diffFields(before, after, [...new Set([...Object.keys(before), ...Object.keys(after)])]);

test("structures differ member by member", () => {
  expect(diff({ Block: { A: true, B: false, C: { D: 1 } } }, { Block: { A: true, B: true, C: { D: 2 } } })).toEqual([
    { path: "Block.B", before: false, after: true },
    { path: "Block.C.D", before: 1, after: 2 },
  ]);
});

test("what is set for the first time, or no longer, has one side only", () => {
  expect(diff({}, { Block: { A: true, B: { C: [] } } })).toEqual([
    { path: "Block.A", after: true },
    { path: "Block.B.C", after: [] },
  ]);
  expect(diff({ Status: "Enabled", Names: ["a", "b"] }, {})).toEqual([
    { path: "Status", before: "Enabled" },
    { path: "Names", before: ["a", "b"] },
  ]);
  expect(diff({ Empty: {} }, {})).toEqual([{ path: "Empty", before: {} }]);
});

const statement = (sid: string | undefined, action: Json): JsonObject => ({
  ...(sid === undefined ? {} : { Sid: sid }),
  Effect: "Allow",
  Action: action,
});
const document = (...statements: JsonObject[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

test("documents differ statement by statement, whatever their order", () => {
  const before = document(
    statement("One", "s3:GetObject"),
    statement("Two", ["s3:PutObject", "s3:GetObject"]),
    statement("Gone", "s3:*"),
  );
  const after = document(
    statement("Two", ["s3:GetObject", "s3:DeleteObject"]),
    statement("One", "s3:GetObject"),
    statement("New", "s3:List*"),
  );
  expect(diff({ Policy: before }, { Policy: after })).toEqual([
    { path: "Policy.Statement[Two].Action[]", before: "s3:PutObject" },
    { path: "Policy.Statement[Two].Action[]", after: "s3:DeleteObject" },
    { path: "Policy.Statement[Gone].Effect", before: "Allow" },
    { path: "Policy.Statement[Gone].Action", before: "s3:*" },
    { path: "Policy.Statement[New].Effect", after: "Allow" },
    { path: "Policy.Statement[New].Action", after: "s3:List*" },
  ]);
});

test("elements without a name are matched by what they are; a single changed one in its place is the same one", () => {
  const one = statement(undefined, "a:*");
  expect(
    diff({ P: document(one, statement(undefined, "b:*")) }, { P: document(one, statement(undefined, "b:Get*")) }),
  ).toEqual([{ path: "P.Statement[1].Action", before: "b:*", after: "b:Get*" }]);
  expect(diff({ P: document(one, statement(undefined, "b:*")) }, { P: document(one) })).toEqual([
    { path: "P.Statement[1].Effect", before: "Allow" },
    { path: "P.Statement[1].Action", before: "b:*" },
  ]);
});

test("names that are not there for all, or not different, match nothing", () => {
  const twice = [
    { Key: "a", Value: 1 },
    { Key: "a", Value: 2 },
  ];
  expect(diff({ L: twice }, { L: twice.slice(0, 1) })).toEqual([
    { path: "L[1].Key", before: "a" },
    { path: "L[1].Value", before: 2 },
  ]);
});

test("a change of order or of a document's text alone is not lost", () => {
  expect(diff({ L: ["a", "b"] }, { L: ["b", "a"] })).toEqual([{ path: "L", before: ["a", "b"], after: ["b", "a"] }]);
  expect(diff({ P: '{"a":1}' }, { P: '{ "a": 1 }' })).toEqual([{ path: "P", before: '{"a":1}', after: '{ "a": 1 }' }]);
  expect(diff({ L: ["a", "a"] }, { L: ["a"] })).toEqual([{ path: "L[]", before: "a" }]);
});

test("a sensitive value is compared as one", () => {
  const secret = (digit: string) => ({ sha256: digit.repeat(64), length: 12 });
  expect(diff({ S: secret("a") }, { S: secret("b") })).toEqual([
    { path: "S", before: secret("a"), after: secret("b") },
  ]);
});

test("names that are not identifiers are quoted, and never confused with members of the prototype", () => {
  const before: JsonObject = JSON.parse('{"Tags":{"a b":"1","__proto__":"x","constructor":"y"}}');
  expect(diff(before, { Tags: {} })).toEqual([
    { path: 'Tags["a b"]', before: "1" },
    { path: "Tags.__proto__", before: "x" },
    { path: "Tags.constructor", before: "y" },
  ]);
});

test("texts that only look like documents, and very deep ones, are values", () => {
  expect(diff({ T: "{not json" }, { T: "[1" })).toEqual([{ path: "T", before: "{not json", after: "[1" }]);
  const deep = `${"[".repeat(5_000)}1${"]".repeat(5_000)}`;
  expect(diff({ T: deep }, { T: "x" })).toHaveLength(1);
});

test("a deleted resource shows what goes away", () => {
  expect(leaves({ A: { B: 1 }, C: 2, D: 3 }, ["A", "C"])).toEqual([
    { path: "A.B", before: 1 },
    { path: "C", before: 2 },
  ]);
});

const anyJson: fc.Arbitrary<JsonObject> = fc
  .dictionary(fc.constantFrom("A", "B", "C"), fc.jsonValue({ maxDepth: 3 }))
  .map((value) => JSON.parse(JSON.stringify(value)));

test("equal values have no difference, different ones have at least one", () => {
  fc.assert(
    fc.property(anyJson, anyJson, (before, after) => {
      expect(diff(before, before)).toEqual([]);
      expect(diff(before, after).length > 0).toBe(!sameJson(before, after));
      for (const change of diff(before, after)) expect(sameJson(change.before, change.after)).toBe(false);
    }),
  );
});
