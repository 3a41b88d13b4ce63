import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createCel } from "../../src/cel/environment.ts";
import { fixtureReader } from "../../src/cel/fixture.ts";
import type { Bindings, Scope } from "../../src/types/cel.ts";
import type { Shape } from "../../src/types/shape.ts";
import { bool, double, int, json, listOf, mapOf, structure, text, time } from "./shapes.ts";

const deep = structure("resource.test.Deep", { On: bool });
const resource = structure("resource.test", {
  Name: text,
  Count: int,
  Ratio: double,
  Created: time,
  Tags: mapOf(text),
  Grants: listOf(structure("s3.Grant", { Name: text, Port: int, Open: bool })),
  Block: structure("resource.test.Other", { On: bool, Level: int, Deep: deep }),
  Policy: json,
  Size: int,
  Label: text,
  Flag: bool,
  Ended: time,
  Key: { kind: "blob" },
  List: listOf(text),
  Map: mapOf(text),
  Text: json,
  Other: structure("resource.test.Other", { On: bool, Level: int, Deep: deep }),
  Secret: text,
  Half: structure("resource.test.Half", { Found: bool, Lost: int }),
});
const scope: Scope = { resource, now: time };

const fixture = fixtureReader(
  {
    Name: "logs",
    Count: 3,
    Ratio: 0.5,
    Created: "2026-01-01",
    Tags: { owner: "payments" },
    Grants: [{ Name: "a", Port: 22, Open: true }, { Port: 80 }],
    Block: { On: true },
    Policy: '{"Statement": [{"Effect": "Allow"}]}',
    Secret: { $unknown: "AccessDenied" },
    Half: { Found: true, Lost: { $unknown: "Throttled" } },
  },
  resource,
);
if (!fixture.ok) throw new Error(JSON.stringify(fixture.problems));
const bindings: Bindings = { resource: { read: fixture.read }, now: { json: "2026-06-01T00:00:00.000Z" } };

const cel = createCel();

/** The result of an expression in the words of the table. */
function outcome(source: string): string {
  const [, expression = source, kind] = /^(.*) as (boolean|string)$/.exec(source) ?? [];
  const expected: Shape | undefined = kind === "boolean" ? bool : kind === "string" ? text : undefined;
  const compiled = cel.compile(expression, scope, expected);
  if (!compiled.ok) {
    const [problem] = compiled.problems;
    return `problem: \`${problem?.message}\`${problem?.nearest === undefined ? "" : ` → \`${problem.nearest}\``}`;
  }
  const result = compiled.value.evaluate(bindings);
  if (result.kind === "value") return `\`${JSON.stringify(result.value)}\``;
  if (result.kind === "unknown") return `unknown: \`${result.path}\``;
  return result.kind === "error" ? `error: \`${result.message}\`` : "absent";
}

const page = readFileSync(new URL("../../docs/cel.md", import.meta.url), "utf8");
const section = page.slice(page.indexOf("\n## Cases"), page.indexOf("\n## Functions"));
const rows = [...section.matchAll(/^\| `(.*?)` \| (.*?) \| .*\|$/gm)].map((row) => ({
  expression: (row[1] ?? "").replaceAll("\\|", "|"),
  result: (row[2] ?? "").replaceAll("\\|", "|"),
}));

test("the documentation has its table of cases", () => {
  expect(rows.length).toBeGreaterThan(80);
});

test.each(rows)("$expression", ({ expression, result }) => {
  expect(outcome(expression)).toBe(result);
});

test("an unknown carries the code and the message of what could not be read", () => {
  const compiled = cel.compile("resource.Secret == ''", scope);
  if (!compiled.ok) throw new Error("problem");
  const read = () => ({ state: "unknown", code: "AccessDenied", message: "no permission" }) as const;
  expect(compiled.value.evaluate({ resource: { read } })).toEqual({
    kind: "unknown",
    path: "resource.Secret",
    code: "AccessDenied",
    message: "no permission",
  });
});

test("JSON from AWS is never taken for a marker", () => {
  const compiled = cel.compile("resource.Half.Found", scope);
  if (!compiled.ok) throw new Error("problem");
  const half = { $unknown: "AccessDenied" };
  expect(compiled.value.evaluate({ resource: { json: { Half: half } } })).toEqual({ kind: "absent" });
});

test("a member is asked for once, and only when the expression needs it", () => {
  const asked: string[] = [];
  const compiled = cel.compile("resource.Count == 4 && resource.Name == 'x' || resource.Count == 3", scope);
  if (!compiled.ok) throw new Error("problem");
  const read = (member: string) => {
    asked.push(member);
    return { state: "value", value: 3 } as const;
  };
  expect(compiled.value.evaluate({ resource: { read } })).toEqual({ kind: "value", value: true });
  expect(asked).toEqual(["Count"]);
});

test("a problem stands at its place in the source", () => {
  const compiled = cel.compile("resource.Count == 3 &&\n  resource.Nmae == 'x'", scope);
  expect(compiled.ok ? [] : compiled.problems).toMatchObject([{ offset: 34, length: 4, nearest: "Name" }]);
});

test("an expected structure finds every wrong key and value, and what is missing", () => {
  const expected = structure("s3.Rule", { "Id!": text, Days: int, Filter: structure("s3.Filter", { Prefix: text }) });
  const compiled = cel.compile('{"Dais": 1, "Days": "x", "Filter": {"Prefix": 3}}', {}, expected);
  expect(compiled.ok ? [] : compiled.problems).toMatchObject([
    { offset: 1, message: "s3.Rule has no member Dais", nearest: "Days" },
    { offset: 20, message: "expected a whole number, found string" },
    { offset: 46, message: "expected text, found int; write string(…)" },
    { offset: 0, message: "s3.Rule needs Id" },
  ]);
  // What a merge brings in may be missing from its literal; what the check cannot see is seen in the result.
  const merged = cel.compile('merge({"Id": "a"}, {?"Days": optional.none()})', {}, expected);
  expect(merged.ok && merged.value.evaluate({})).toEqual({ kind: "value", value: { Id: "a" } });
  const missing = cel.compile('merge({"Days": 1}, {})', {}, expected);
  expect(missing.ok && missing.value.evaluate({})).toEqual({
    kind: "error",
    message: "the result.Id is required and not set",
  });
});

test("loops end: too many steps are an error", () => {
  const small = createCel({ maxSteps: 1000 });
  const many = { json: Array.from({ length: 100 }, (_, index) => index) };
  const compiled = small.compile("list.all(a, list.all(b, a + b >= 0))", { list: listOf(int) });
  expect(compiled.ok && compiled.value.evaluate({ list: many })).toEqual({
    kind: "error",
    message: "the expression takes more than 1000 steps",
  });
});

test("size and depth of an expression are limited", () => {
  for (const source of [
    `${"(".repeat(200)}1${")".repeat(200)}`,
    Array(5000).fill("1").join("+"),
    "1 ".repeat(20_000),
  ]) {
    expect(cel.compile(source, {}).ok).toBe(false);
  }
});

test("a name bound by a loop hides the variable of the same name", () => {
  const compiled = cel.compile("resource.Grants.exists(resource, resource.Port == 80)", scope);
  expect(compiled.ok && compiled.value.reads).toEqual([["resource", "Grants"]]);
  expect(compiled.ok && compiled.value.evaluate(bindings)).toEqual({ kind: "value", value: true });
});

test("further functions can be given", () => {
  const own = createCel({
    functions: [
      {
        signature: "twice(int): int",
        description: "",
        example: "",
        implementation: (n) => (typeof n === "bigint" ? n * 2n : n),
      },
    ],
  });
  const compiled = own.compile("twice(4)", {});
  expect(compiled.ok && compiled.value.evaluate({})).toEqual({ kind: "value", value: 8 });
});

test("a hundred expressions over sixteen large types compile quickly", () => {
  const fresh = createCel();
  const types = Array.from({ length: 16 }, (_, type) =>
    structure(`big.type${type}`, {
      Name: text,
      ...Object.fromEntries(
        Array.from({ length: 60 }, (_unused, member) => [
          `M${member}`,
          structure(`big.T${type}M${member}`, { On: bool, N: int }),
        ]),
      ),
    }),
  );
  const start = performance.now();
  for (let policy = 0; policy < 100; policy++) {
    const shape = types[policy % 16];
    if (shape === undefined) throw new Error("no shape");
    const source = `resource.M${policy % 60}.On && has(resource.Name) && resource.Name.startsWith("x") || resource.M3.N > 3`;
    expect(fresh.compile(source, { resource: shape }, bool).ok).toBe(true);
  }
  expect(performance.now() - start).toBeLessThan(150);
});
