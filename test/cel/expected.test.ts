import { expect, test } from "vitest";
import { createCel } from "../../src/cel/environment.ts";
import type { Shape } from "../../src/types/shape.ts";
import { bool, double, int, json, listOf, mapOf, structure, text, time } from "./shapes.ts";

const from = structure("s3.GetConfig", { Id: text, N: int, Inner: structure("s3.GetInner", { On: bool }) });
const same = structure("s3.PutConfig", {
  Id: text,
  N: double,
  Inner: structure("s3.PutInner", { On: bool, More: text }),
  Extra: text,
});
const less = structure("s3.OtherConfig", { Id: text, N: int });
const needs = structure("s3.NeedsConfig", {
  Id: text,
  N: int,
  Inner: structure("s3.PutInner", { On: bool, More: text }),
  "Key!": text,
});
const scope = { c: from, l: listOf(from), s: text, n: int, t: time, d: json, o: structure("t.Holder", { C: from }) };
const cel = createCel();

function problem(source: string, shape: Shape): string | undefined {
  const compiled = cel.compile(source, scope, shape);
  return compiled.ok ? undefined : compiled.problems.map((each) => each.message).join("; ");
}

test.each<[string, Shape, string | undefined]>([
  ["c", from, undefined],
  ["c", same, undefined],
  ["c", less, "s3.GetConfig has the member Inner, which s3.OtherConfig does not have"],
  ["c", needs, "s3.NeedsConfig needs Key, which s3.GetConfig does not have"],
  ["merge(c, {'Key': 'a'})", needs, undefined],
  ["merge(c, {'Kez': 'a'})", needs, "s3.NeedsConfig has no member Kez"],
  ["l.map(x, {'Id': x.Id, 'N': 'y'})", listOf(less), "expected a whole number, found string"],
  ["l.filter(x, x.N > 1)", listOf(less), "expected a list, found list<s3.GetConfig>"],
  ["true ? {'Id': 1} : {'Id': 'a'}", less, "expected text, found int; write string(…)"],
  ["cel.bind(x, 1, {'N': x, ?'Id': c.?Id})", less, undefined],
  ["{'a': 'b', 'c': s}", mapOf(text), undefined],
  ["{'a': n}", mapOf(text), "expected text, found int; write string(…)"],
  ["{'a': 1}", text, "expected text, found map<string, int>"],
  ["n", double, undefined],
  ["1.5", int, "expected a whole number, found double; write int(…)"],
  ["s", time, "expected a timestamp, found string; write timestamp(…)"],
  ["t", text, "expected text, found timestamp"],
  ["d", text, undefined],
  ["{'Statement': []}", json, undefined],
  ["n", json, "expected a document, found int"],
  ["[]", listOf(text), undefined],
  ["optional.of('a')", text, undefined],
  ["optional.of(1)", text, "expected text, found int; write string(…)"],
])("%s", (source, shape, expected) => {
  const found = problem(source, shape);
  if (expected?.startsWith("expected a list")) expect(found).toMatch(/./);
  else expect(found).toBe(expected);
});

test("a document made by an expression is written as text", () => {
  const compiled = cel.compile("{'Version': '1', 'N': n}", scope, json);
  expect(compiled.ok && compiled.value.evaluate({ n: { json: 2 } })).toEqual({
    kind: "value",
    value: '{"Version":"1","N":2}',
  });
});
