import { expect, test } from "vitest";
import { createCel } from "../../src/cel/environment.ts";
import { conformanceCases, runCase, type Verdict } from "./conformance-cases.ts";
import { KNOWN_FAILURES } from "./conformance-known.ts";

const EXTENSIONS = new Set([
  "bindings_ext",
  "block_ext",
  "encoders_ext",
  "macros2",
  "math_ext",
  "proto2_ext",
  "string_ext",
]);

const cel = createCel();
const results = conformanceCases().map((each) => ({ ...each, verdict: runCase(each, cel) }));

function count(verdict: Verdict, extension: boolean): number {
  return results.filter((result) => result.verdict === verdict && EXTENSIONS.has(result.file) === extension).length;
}

test("exactly the known cases of the specification fail", () => {
  const failed = results.filter((result) => result.verdict === "fail").map((result) => result.id);
  expect(failed.toSorted()).toEqual(Object.values(KNOWN_FAILURES).flat().toSorted());
});

// The figures of docs/cel.md. Out of scope: what needs protobuf messages, enums or wrappers.
test("the figures of the documentation hold", () => {
  expect({
    core: { pass: count("pass", false), fail: count("fail", false), outOfScope: count("out of scope", false) },
    extensions: { pass: count("pass", true), fail: count("fail", true), outOfScope: count("out of scope", true) },
  }).toEqual({
    core: { pass: 1092, fail: 62, outOfScope: 672 },
    extensions: { pass: 131, fail: 354, outOfScope: 33 },
  });
});
