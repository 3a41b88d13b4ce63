import { expect, test } from "vitest";
import { createCel } from "../../src/cel/environment.ts";
import { bool, int, json, listOf, mapOf, structure, text } from "./shapes.ts";

const rule = structure("ec2.Rule", { Port: int, Ranges: listOf(structure("ec2.Range", { CidrIp: text })) });
const scope = {
  resource: structure("resource.test", {
    Name: text,
    Rules: listOf(rule),
    Tags: mapOf(text),
    Policy: json,
    Block: structure("s3.Block", { On: bool, Deep: structure("s3.Deep", { N: int }) }),
  }),
  params: structure("params", { port: int }),
};
const cel = createCel();

test.each([
  ["resource.Name == 'x'", ["resource.Name"]],
  ["resource.Block.Deep.N > params.port", ["resource.Block.Deep.N", "params.port"]],
  ["resource.Rules.exists(r, r.Port == params.port)", ["resource.Rules", "params.port"]],
  ["resource.Rules[0].Ranges[0].CidrIp == ''", ["resource.Rules"]],
  ["resource.Tags['a'] == resource.Tags.b", ["resource.Tags"]],
  ["resource.Policy.Statement.size() > 0", ["resource.Policy"]],
  ["has(resource.Block.On)", ["resource.Block.On"]],
  ["resource.?Block.?On.orValue(true)", ["resource.Block.On"]],
  ["resource['Name'] == ''", ["resource.Name"]],
  ["cel.bind(b, resource.Block, b.On)", ["resource.Block"]],
  ["resource.?Name.optMap(params, params + 'x').hasValue()", ["resource.Name"]],
  ["[1].exists(resource, resource == 1)", []],
  ["{'a': resource}.size() == 1", ["resource"]],
  ["has(resource.Name) ? resource.Name : string(params.port)", ["resource.Name", "params.port"]],
])("%s", (source, expected) => {
  const compiled = cel.compile(source, scope);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  expect(compiled.value.reads.map((path) => path.join("."))).toEqual(expected);
});
