import { expect, test } from "vitest";
import { createCel } from "../../src/cel/environment.ts";
import { fixtureReader } from "../../src/cel/fixture.ts";
import { bool, int, json, listOf, mapOf, structure, text, time } from "./shapes.ts";

const shape = structure("resource.s3.bucket", {
  Name: text,
  Created: time,
  Rules: listOf(structure("s3.Rule", { "Id!": text, Days: int, Filter: structure("s3.Filter", { Prefix: text }) })),
  Policy: json,
  Encoded: { kind: "document", decode: "url-json" },
  Tags: mapOf(text),
  On: bool,
});
const cel = createCel();

function evaluate(fixture: Parameters<typeof fixtureReader>[0], source: string) {
  const read = fixtureReader(fixture, shape);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const compiled = cel.compile(source, { resource: shape });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.value.evaluate({ resource: { read: read.read } });
}

test("documents written out, short times, and nothing that is not there", () => {
  const fixture = { Created: "2026-01-31", Policy: { Statement: [] }, Encoded: { A: "ä {}" }, On: null };
  expect(evaluate(fixture, "resource.Created")).toEqual({ kind: "value", value: "2026-01-31T00:00:00.000Z" });
  expect(evaluate(fixture, "resource.Policy.Statement.size()")).toEqual({ kind: "value", value: 0 });
  expect(evaluate(fixture, "resource.Encoded.A")).toEqual({ kind: "value", value: "ä {}" });
  expect(evaluate(fixture, "resource.Encoded")).toEqual({ kind: "value", value: '{"A":"ä {}"}' });
  expect(evaluate(fixture, "has(resource.On) || has(resource.Name)")).toEqual({ kind: "value", value: false });
});

test("unknown at any depth", () => {
  const fixture = {
    Name: { $unknown: "AccessDenied" },
    Tags: { a: { $unknown: "Lost" }, b: "x" },
    Rules: [{ Id: "a", Filter: { Prefix: { $unknown: "Throttled" } } }, { $unknown: "Gone" }],
  };
  expect(evaluate(fixture, "resource.Name")).toMatchObject({
    kind: "unknown",
    path: "resource.Name",
    code: "AccessDenied",
  });
  expect(
    evaluate({ ...fixture, Rules: fixture.Rules.slice(0, 1) }, 'resource.Rules[0].Filter.Prefix == ""'),
  ).toMatchObject({
    kind: "unknown",
    path: "resource.Rules[].Filter.Prefix",
    code: "Throttled",
  });
  expect(
    evaluate({ ...fixture, Rules: fixture.Rules.slice(0, 1) }, 'resource.Rules.exists(r, r.Id == "a")'),
  ).toMatchObject({ value: true });
  expect(evaluate(fixture, "resource.Rules.size() > 0")).toMatchObject({
    kind: "unknown",
    path: "resource.Rules[]",
    code: "Gone",
  });
  expect(evaluate(fixture, 'resource.Tags["b"]')).toMatchObject({ kind: "unknown", code: "Lost" });
});

test("every wrong name and value is a problem", () => {
  const read = fixtureReader(
    {
      Nmae: "x",
      Rules: [{ Dayz: 1, Days: "x" }],
      Created: "soon",
      On: "true",
      Policy: "{",
      Tags: ["a"],
      Name: { $unknown: 3 },
    },
    shape,
  );
  expect(read.ok ? [] : read.problems).toMatchObject([
    { path: ["Nmae"], at: "key", nearest: "Name" },
    { path: ["Rules", 0, "Dayz"], at: "key", nearest: "Days" },
    { path: ["Rules", 0, "Days"], at: "value", message: "expected a whole number, found text" },
    { path: ["Created"], at: "value" },
    { path: ["On"], at: "value", message: "expected true or false, found text" },
    { path: ["Policy"], at: "value", message: "the text is not valid JSON" },
    { path: ["Tags"], at: "value", message: "expected a map, found a list" },
    { path: ["Name"], at: "value", message: "expected text, found a map" },
  ]);
  expect(fixtureReader([], shape)).toMatchObject({ ok: false });
});
