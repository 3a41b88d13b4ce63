import { readFileSync } from "node:fs";
import { Environment } from "@marcbachmann/cel-js";
import { expect, test } from "vitest";
import { createCel } from "../../../src/cel/environment.ts";
import { FromJson } from "../../../src/cel/from-json.ts";
import { builtInFunctions } from "../../../src/cel/functions/register.ts";
import { describeTypeName, TypeTable } from "../../../src/cel/types.ts";
import type { Bindings, Scope } from "../../../src/types/cel.ts";
import { int, json, listOf, structure, text, time } from "../shapes.ts";

const types = new TypeTable(new Environment());
const functions = builtInFunctions(types, new FromJson(types));
const page = readFileSync(new URL("../../../docs/cel.md", import.meta.url), "utf8");

const tag = structure("s3.Tag", { Key: text, Value: text });
const scope: Scope = {
  now: time,
  params: structure("params", { days: int }),
  rule: structure("ec2.IpRange", { CidrIp: text }),
  resource: structure("resource.test", {
    Name: text,
    Arn: text,
    CreateDate: time,
    Policy: json,
    TagSet: listOf(tag),
    LoggingEnabled: structure("s3.LoggingEnabled", { TargetPrefix: text }),
    IpRanges: listOf(structure("ec2.IpRange", { CidrIp: text })),
  }),
};
const cel = createCel();

function evaluate(source: string, bindings: Bindings = {}) {
  const compiled = cel.compile(source, scope);
  if (!compiled.ok) throw new Error(`${source}: ${JSON.stringify(compiled.problems)}`);
  const result = compiled.value.evaluate(bindings);
  return result.kind === "value" ? result.value : result;
}

test.each(functions.map((each) => [each.signature, each] as const))(
  "%s is documented, and its example compiles",
  (_name, each) => {
    const { signature, description, example } = each;
    expect(page).toContain(
      `| \`${describeTypeName(signature)}\` | ${description} | \`${example.replaceAll("|", "\\|")}\` |`,
    );
    const compiled = cel.compile(example, scope);
    expect(compiled.ok ? [] : compiled.problems).toEqual([]);
  },
);

// Examples that need no resource say what is true.
test.each(
  functions
    .map((each) => each.example)
    .filter((example) => / == /.test(example) && !/resource|now|params/.test(example)),
)("%s", (example) => {
  expect(evaluate(example)).toBe(true);
});

test.each([
  ["days(-1)", "-86400s"],
  ["string(duration('1.5s') - duration('2s'))", "-0.5s"],
  ["string(timestamp('2026-01-01T00:00:00.120Z'))", "2026-01-01T00:00:00.12Z"],
  ["tagMap([{'TagKey': 'a', 'TagValue': 'b'}, {'key': 'c', 'value': 'd'}, {'Key': 'e'}])", { a: "b", c: "d", e: "" }],
  ["distinct(['b', 'a', 'b'])", ["b", "a"]],
  ["distinct([{'a': 1}, {'a': 1.0}, {'a': 2}])", [{ a: 1 }, { a: 2 }]],
  ["merge({'a': 1, 'b': 2}, {'b': 3, 'c': 4})", { a: 1, b: 3, c: 4 }],
  ["merge({'a': 1}, {?'a': optional.none()})", { a: 1 }],
  ["[max(1, 2), max(2, 1), min(1, 2), min(2, 1)]", [2, 2, 1, 1]],
  ["'a.b'.replace('.', '$&')", "a$&b"],
])("%s", (source, expected) => {
  expect(evaluate(source)).toEqual(expected);
});

test("a map of the resource's own tags", () => {
  const bindings: Bindings = {
    resource: {
      json: {
        TagSet: [
          { Key: "owner", Value: "a" },
          { Key: "__proto__", Value: "x" },
        ],
      },
    },
  };
  expect(evaluate("tagMap(resource.TagSet)['__proto__']", bindings)).toBe("x");
  expect(evaluate("tagMap(resource.TagSet).size()", bindings)).toBe(2);
  expect(evaluate("tagMap(resource.TagSet)", {})).toEqual({});
});

test.each([
  "tagMap([1])",
  "tagMap('a')",
  "merge(1, {})",
  "days(9999999)",
  "cidrPrefix('x')",
  "withoutStatement(optional.none(), 'a')",
])("%s is an error in words", (source) => {
  expect(evaluate(source)).toMatchObject({ kind: "error", message: expect.stringMatching(/\(\)/) });
});
