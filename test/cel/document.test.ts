import { expect, test } from "vitest";
import { parseCsv } from "../../src/cel/document.ts";
import { createCel } from "../../src/cel/environment.ts";
import { structure, text } from "./shapes.ts";

test.each([
  ["a,b\n1,2\n", [{ a: "1", b: "2" }]],
  [
    "a,b\r\n1,2\r\n3,4",
    [
      { a: "1", b: "2" },
      { a: "3", b: "4" },
    ],
  ],
  ['a,b\n"x, ""y""\nz",2', [{ a: 'x, "y"\nz', b: "2" }]],
  ["a,b\n1\n1,2,3\n\n", [{ a: "1" }, { a: "1", b: "2" }]],
  ["", []],
  ["a\n", []],
])("CSV %j", (csv, expected) => {
  expect(parseCsv(csv)).toEqual(expected);
});

test("a CSV report is a list of maps, and goes back as its text", () => {
  const resource = structure("resource.iam.report", { Content: { kind: "document", decode: "csv" }, Name: text });
  const cel = createCel();
  const json = { Content: "user,mfa_active\nroot,false\nann,true\n" };
  const run = (source: string) => {
    const compiled = cel.compile(source, { resource });
    return compiled.ok ? compiled.value.evaluate({ resource: { json } }) : compiled.problems;
  };
  expect(run('resource.Content.filter(r, r.mfa_active == "false").map(r, r.user)')).toEqual({
    kind: "value",
    value: ["root"],
  });
  expect(run("resource.Content")).toEqual({ kind: "value", value: json.Content });
});
