import fc from "fast-check";
import { expect, test } from "vitest";
import { createCel } from "../../src/cel/environment.ts";
import { int, listOf, structure, text } from "./shapes.ts";

const cel = createCel();
const scope = { resource: structure("t.Limits", { Name: text, Ports: listOf(int) }) };

/** `start`, then each name bound to `grow` of the one before, then `end` of the last. */
function doubled(start: string, grow: (name: string) => string, end: (name: string) => string, times = 30): string {
  let source = end(`v${times}`);
  for (let at = times; at > 0; at--) source = `cel.bind(v${at}, ${grow(`v${at - 1}`)}, ${source})`;
  return `cel.bind(v0, ${start}, ${source})`;
}

// Each would take hours or all memory if nothing counted.
test.each([
  [
    "text",
    doubled(
      '"0123456789"',
      (name) => `${name} + ${name}`,
      (name) => name,
    ),
  ],
  [
    "a list",
    doubled(
      "[1]",
      (name) => `${name} + ${name}`,
      (name) => name,
    ),
  ],
  [
    "a list of shared parts",
    doubled(
      "[1]",
      (name) => `[${name}, ${name}]`,
      (name) => name,
    ),
  ],
  [
    "maps of shared parts",
    doubled(
      "{'a': 1}",
      (name) => `{'a': ${name}, 'b': ${name}}`,
      (name) => name,
    ),
  ],
  [
    "a comparison",
    doubled(
      "[1]",
      (name) => `[${name}, ${name}]`,
      (name) => `${name} == [${name}, 1][0] + []`,
    ),
  ],
  [
    "distinct",
    doubled(
      "[1]",
      (name) => `[${name}, ${name}]`,
      (name) => `distinct([${name}, ${name} + []])`,
    ),
  ],
  [
    "a document",
    doubled(
      "['a']",
      (name) => `[${name}, ${name}]`,
      (name) => `policyAllowsPublic({'Statement': {'Effect': 'Allow', 'Principal': ${name}}})`,
    ),
  ],
  [
    "searching",
    doubled(
      "[1]",
      (name) => `${name} + ${name}`,
      (name) => `${name}.all(x, ${name}.all(y, y in ${name}))`,
      16,
    ),
  ],
  [
    "text searching",
    doubled(
      "'aaaaaaaa'",
      (name) => `${name} + ${name}`,
      (name) => `[1, 2, 3].all(x, ${name}.matches('b*c'))`,
      14,
    ),
  ],
])("%s is bounded", (_name, source) => {
  const start = performance.now();
  const compiled = cel.compile(source, {});
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  expect(["error", "value"]).toContain(compiled.value.evaluate({}).kind);
  expect(performance.now() - start).toBeLessThan(3_000);
});

test("whatever is written, compiling gives a problem or an expression, and evaluating one of the four results", () => {
  const word = fc.constantFrom(
    ..."resource now . ? [ ] ( ) { } , : + - * / % == != < > && || ! in has size exists all map x Name Ports 1 2.5 'a' b'a' null true cel.bind optional.of orValue .? ${ r' \\ \n //".split(
      " ",
    ),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 14 }), (words) => {
      const source = words.join(words.length % 2 === 0 ? " " : "");
      const compiled = cel.compile(source, scope);
      if (compiled.ok) {
        const { kind } = compiled.value.evaluate({ resource: { json: { Name: "x", Ports: [1] } } });
        expect(["value", "absent", "error", "unknown"]).toContain(kind);
      } else {
        for (const problem of compiled.problems) {
          expect(problem.message).not.toBe("");
          expect(problem.offset).toBeGreaterThanOrEqual(0);
          expect(problem.offset + problem.length).toBeLessThanOrEqual(source.length);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
