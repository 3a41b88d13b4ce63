import fc from "fast-check";
import { expect, test } from "vitest";
import { createCel } from "../../src/cel/environment.ts";
import { escapeTemplateText, parseTemplateText } from "../../src/cel/template-text.ts";
import type { Bindings, Scope } from "../../src/types/cel.ts";
import type { JsonObject } from "../../src/types/json.ts";
import { bool, double, int, json, listOf, mapOf, structure, text, time } from "./shapes.ts";

const resource = structure("resource.s3.bucket", {
  Name: text,
  Count: int,
  On: bool,
  KeyId: text,
  Policy: json,
  Secret: text,
});
const scope: Scope = {
  resource,
  id: text,
  steps: structure("steps", { snapshot: structure("steps.snapshot", { SnapshotId: text, Size: int }) }),
};
const config = structure("s3.Config", { BlockPublicAcls: bool, Days: int });
const input = structure("s3.PutInput", {
  "Bucket!": text,
  Config: config,
  Tags: mapOf(text),
  Ids: listOf(text),
  Ratio: double,
  Until: time,
  Body: { kind: "blob" },
  Policy: text,
  Document: json,
});
const bindings: Bindings = {
  id: { json: "logs" },
  resource: {
    read: (member) => {
      if (member === "Secret") return { state: "unknown", code: "AccessDenied", message: "no" };
      const values: JsonObject = { Name: "logs", Count: 3, On: true, Policy: '{ "Version": "1" }' };
      const value = values[member];
      return value === undefined ? { state: "absent" } : { state: "value", value };
    },
  },
};

const cel = createCel();

function run(template: JsonObject, defer?: string[]) {
  const compiled = cel.compileTemplate(template, scope, input, defer === undefined ? {} : { defer });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.value.evaluate(bindings);
}

function problems(template: JsonObject) {
  const compiled = cel.compileTemplate(template, scope, input);
  return compiled.ok ? [] : compiled.problems;
}

test("a value that is only ${…} keeps its type; text around it makes text", () => {
  expect(
    run({
      Bucket: "${id}-${resource.Count}",
      Config: { BlockPublicAcls: "${resource.On}", Days: "${resource.Count + 1}" },
      Tags: { owner: "${resource.Name}", "a/b": "literal" },
      Ratio: "${resource.Count}",
      Policy: "${resource.Policy}",
    }),
  ).toEqual({
    kind: "value",
    params: {
      Bucket: "logs-3",
      Config: { BlockPublicAcls: true, Days: 4 },
      Tags: { owner: "logs", "a/b": "literal" },
      Ratio: 3,
      Policy: '{ "Version": "1" }',
    },
    bind: {},
  });
});

test("braces and quotes inside an expression belong to it; $${ is text", () => {
  expect(
    run({ Bucket: "${ {'a}': '}${'}['a}'] }", Config: "${ {'Days': 1} }", Ids: ["$${id}", "$5", "a$${"] }),
  ).toMatchObject({
    params: { Bucket: "}${", Config: { Days: 1 }, Ids: ["${id}", "$5", "a${"] },
  });
});

test("an absent value leaves its key or element out; unset text is never printed", () => {
  expect(run({ Bucket: "b", Policy: "${resource.?KeyId}", Ids: ["a", "${resource.?KeyId}", "c"] })).toMatchObject({
    params: { Bucket: "b", Ids: ["a", "c"] },
  });
  expect(run({ Bucket: "x-${resource.KeyId}" })).toMatchObject({ kind: "error" });
  expect(run({ Bucket: "x-${resource.?KeyId}" })).toMatchObject({ kind: "error" });
  expect(run({ Bucket: "${resource.KeyId}" })).toEqual({
    kind: "error",
    message: "resource.KeyId is not set; guard it with has(…) or .?KeyId.orValue(…)",
  });
});

test("an unknown wins over an error", () => {
  expect(run({ Bucket: "${resource.KeyId}", Policy: "${resource.Secret}" })).toMatchObject({
    kind: "unknown",
    path: "resource.Secret",
  });
});

test("what reads a deferred variable is left for the steps", () => {
  expect(
    run(
      {
        Bucket: "b",
        Policy: "${steps.snapshot.SnapshotId}",
        Ids: ["a", 'copy "of" ${steps.snapshot.SnapshotId} (${steps.snapshot.Size})', "${id}"],
        Tags: { "a/b": "${steps.snapshot.SnapshotId}" },
      },
      ["steps"],
    ),
  ).toEqual({
    kind: "value",
    params: { Bucket: "b", Ids: ["a", null, "logs"], Tags: {} },
    bind: {
      "/Policy": "steps.snapshot.SnapshotId",
      "/Ids/1": '"copy \\"of\\" " + (steps.snapshot.SnapshotId) + " (" + string(steps.snapshot.Size) + ")"',
      "/Tags/a~1b": "steps.snapshot.SnapshotId",
    },
  });
  const later = cel.compile(
    '"copy \\"of\\" " + (steps.snapshot.SnapshotId) + " (" + string(steps.snapshot.Size) + ")"',
    scope,
  );
  expect(
    later.ok && later.value.evaluate({ steps: { json: { snapshot: { SnapshotId: "snap-1", Size: 8 } } } }),
  ).toEqual({
    kind: "value",
    value: 'copy "of" snap-1 (8)',
  });
});

test("a document written out as YAML is sent as its text", () => {
  expect(run({ Bucket: "b", Document: { Version: "1", Name: "${id}", Ok: [true, 2] } })).toMatchObject({
    params: { Document: '{"Version":"1","Name":"logs","Ok":[true,2]}' },
  });
});

test("all problems are found at once, each at its place", () => {
  expect(
    problems({
      Buckte: "x",
      Config: { BlockPublicAcls: "yes", Days: 1.5, Dais: 1 },
      Ids: "a",
      Ratio: "a ${id}",
      Until: "tomorrow",
      Body: "***",
      Policy: "x ${resource.Nmae} ${id",
      Document: "{",
      Tags: { a: 1, b: "ab ${resource.Nmae}", c: "${resource.Count}", d: "${1 +}" },
    }),
  ).toEqual([
    {
      path: ["Buckte"],
      at: "key",
      offset: 0,
      length: 6,
      message: "s3.PutInput has no member Buckte",
      nearest: "Bucket",
    },
    {
      path: ["Config", "BlockPublicAcls"],
      at: "value",
      offset: 0,
      length: 3,
      message: "expected true or false, found text",
    },
    {
      path: ["Config", "Days"],
      at: "value",
      offset: 0,
      length: 0,
      message: "expected a whole number, found a fraction",
    },
    {
      path: ["Config", "Dais"],
      at: "key",
      offset: 0,
      length: 4,
      message: "s3.Config has no member Dais",
      nearest: "Days",
    },
    { path: ["Ids"], at: "value", offset: 0, length: 1, message: "expected a list, found text" },
    { path: ["Ratio"], at: "value", offset: 0, length: 7, message: "expected a number, found text around ${…}" },
    {
      path: ["Until"],
      at: "value",
      offset: 0,
      length: 8,
      message: "expected a timestamp, found text; write it as 2026-01-31T00:00:00Z",
    },
    { path: ["Body"], at: "value", offset: 0, length: 3, message: "expected bytes as base64 text" },
    { path: ["Policy"], at: "value", offset: 19, length: 4, message: "${ without its }; write $${ for the text ${" },
    { path: ["Document"], at: "value", offset: 0, length: 1, message: "the text is not valid JSON" },
    { path: ["Tags", "a"], at: "value", offset: 0, length: 0, message: "expected text, found a number" },
    {
      path: ["Tags", "b"],
      at: "value",
      offset: 14,
      length: 4,
      message: "resource.s3.bucket has no member Nmae",
      nearest: "Name",
    },
    { path: ["Tags", "c"], at: "value", offset: 2, length: 14, message: "expected text, found int; write string(…)" },
    { path: ["Tags", "d"], at: "value", offset: 5, length: 0, message: "unexpected end" },
    { path: [], at: "value", offset: 0, length: 0, message: "s3.PutInput needs Bucket" },
  ]);
});

test("the reads of all expressions together", () => {
  const compiled = cel.compileTemplate({ Bucket: "${id}", Policy: "${resource.Name} ${resource.Name}" }, scope, input);
  expect(compiled.ok && compiled.value.reads).toEqual([["id"], ["resource", "Name"]]);
});

test("escaped text comes back as it was", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[${}a'"\\ ]*$/), (raw) => {
      const parsed = parseTemplateText(escapeTemplateText(raw));
      expect(parsed.ok && parsed.pieces.map((piece) => (piece.kind === "text" ? piece.text : "?")).join("")).toBe(raw);
    }),
  );
});
