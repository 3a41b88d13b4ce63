import fc from "fast-check";
import { expect, test } from "vitest";
import { fromWire, toWire, valueFromWire, valueToWire, WireError } from "../../../src/aws/models/convert.ts";
import type { Json } from "../../../src/types/json.ts";
import type { Member, Shape, StructureShape } from "../../../src/types/shape.ts";
import { models } from "./known.ts";

const all = structure({
  Name: { kind: "string" },
  On: { kind: "boolean" },
  Count: { kind: "integer" },
  Ratio: { kind: "double" },
  At: { kind: "timestamp" },
  Bytes: { kind: "blob" },
  Free: { kind: "any" },
  Names: { kind: "list", element: { kind: "string" } },
  Tags: { kind: "map", value: { kind: "string" } },
});

function structure(shapes: Record<string, Shape>): StructureShape {
  const members = Object.entries(shapes).map(([name, shape]): [string, Member] => [
    name,
    { shape, required: false, sensitive: false },
  ]);
  return { kind: "structure", name: "test.All", members: new Map(members) };
}

/** A shape together with JSON that fits it. */
interface Fit {
  readonly shape: Shape;
  readonly value: Json;
}

const fitting: fc.Arbitrary<Fit> = fc.letrec<{ any: Fit }>((tie) => {
  const of = (
    kind: "string" | "boolean" | "integer" | "double" | "timestamp" | "blob" | "any",
    value: fc.Arbitrary<Json>,
  ) => value.map((made): Fit => ({ shape: { kind }, value: made }));
  const scalar = fc.oneof(
    of("string", fc.string({ unit: "grapheme" })),
    of("boolean", fc.boolean()),
    of("integer", fc.maxSafeInteger()),
    of("double", fc.double({ noNaN: true, noDefaultInfinity: true })),
    of(
      "timestamp",
      fc
        .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
        .map((date) => date.toISOString()),
    ),
    of(
      "blob",
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64")),
    ),
  );
  const keys = fc.string().filter((key) => key !== "");
  return {
    any: fc.oneof(
      { maxDepth: 4 },
      scalar,
      tie("any").map(
        (inside): Fit => ({
          shape: { kind: "list", element: inside.shape },
          value: [inside.value, inside.value],
        }),
      ),
      fc.tuple(keys, tie("any")).map(
        ([key, inside]): Fit => ({
          shape: { kind: "map", value: inside.shape },
          value: Object.fromEntries([[key, inside.value]]),
        }),
      ),
      fc.dictionary(keys, tie("any"), { maxKeys: 4 }).map(
        (members): Fit => ({
          shape: structure(Object.fromEntries(Object.entries(members).map(([name, inside]) => [name, inside.shape]))),
          value: Object.fromEntries(Object.entries(members).map(([name, inside]) => [name, inside.value])),
        }),
      ),
    ),
  };
}).any;

test("whatever goes out comes back", () => {
  fc.assert(
    fc.property(fitting, ({ shape, value }) => {
      // Minus zero is a number of JavaScript's that JSON does not have.
      expect(JSON.stringify(valueFromWire(valueToWire(value, shape, ""), shape))).toBe(JSON.stringify(value));
    }),
    { numRuns: 500 },
  );
});

test("dates and bytes become what the SDK takes", () => {
  const wire = toWire({ At: "2026-01-31T13:00:00+01:00", Bytes: "AQID", Tags: { a: "b" } }, all);
  expect(wire).toEqual({ At: new Date("2026-01-31T12:00:00Z"), Bytes: new Uint8Array([1, 2, 3]), Tags: { a: "b" } });
});

test.each<[string, Record<string, Json>, string]>([
  ["an unknown member", { Nmae: "x" }, "Nmae: test.All has no such member"],
  ["another type", { Name: 1 }, "Name: text was expected, not number"],
  ["a fraction", { Count: 1.5 }, "Count: a whole number was expected, not number"],
  ["null", { On: null }, "On: true or false was expected, not null"],
  [
    "a time without its zone",
    { At: "2026-01-31T12:00:00" },
    "At: a time like 2026-01-31T12:00:00.000Z was expected, not string",
  ],
  [
    "a day that is none",
    { At: "2026-13-31T12:00:00Z" },
    "At: a time like 2026-01-31T12:00:00.000Z was expected, not string",
  ],
  ["no base64", { Bytes: "a b" }, "Bytes: base64 text was expected, not string"],
  ["a wrong element", { Names: ["a", 2] }, "Names[1]: text was expected, not number"],
  ["a list for a map", { Tags: [] }, "Tags: an object was expected, not a list"],
])("%s is refused, with its place", (_, input, message) => {
  expect(() => toWire(input, all)).toThrow(
    new WireError(message.split(":")[0] ?? "", message.slice(message.indexOf(":") + 2)),
  );
});

test("a refusal does not repeat the value", () => {
  expect(() => toWire({ Bytes: "hunter2 !" }, all)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
  );
});

test("what JSON cannot hold, and what the model does not know, is left out", () => {
  const output = {
    $metadata: { requestId: "1" },
    Name: undefined,
    New: "added by AWS yesterday",
    On: null,
    Count: 7n,
    Ratio: Number.NaN,
    At: new Date("nonsense"),
    Bytes: { transformToString: () => "a stream" },
    Free: { a: [1, { b: undefined }] },
    Names: ["a", undefined, "b"],
    Tags: { z: "1", a: "2" },
  };
  expect(JSON.stringify(fromWire(output, all))).toBe(
    '{"Count":7,"Free":{"a":[1,{}]},"Names":["a","b"],"Tags":{"a":"2","z":"1"}}',
  );
});

test("keys that JavaScript knows are keys like any other", () => {
  const tags = JSON.parse('{"__proto__":"x","constructor":"y"}');
  const wire = toWire({ Tags: tags }, all);
  expect(JSON.stringify(wire)).toBe('{"Tags":{"__proto__":"x","constructor":"y"}}');
  expect(JSON.stringify(fromWire({ Tags: tags }, all))).toBe('{"Tags":{"__proto__":"x","constructor":"y"}}');
});

test("a slice of a larger buffer is read as that slice", () => {
  const bytes = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
  expect(fromWire({ Bytes: bytes }, all)).toEqual({ Bytes: "AQID" });
});

test("event streams and bodies never become JSON", () => {
  const stream = { async *[Symbol.asyncIterator]() {} };
  const select = models.operation("s3", "SelectObjectContent");
  const object = models.operation("s3", "GetObject");
  if (select === undefined || object === undefined) throw new Error("no model");
  expect(fromWire({ Payload: stream }, select.output)).toEqual({});
  expect(fromWire({ Body: stream, ContentLength: 3 }, object.output)).toEqual({ ContentLength: 3 });
});

test("a structure that contains itself converts to the depth of the value", () => {
  const operation = models.operation("wafv2", "CheckCapacity");
  if (operation === undefined) throw new Error("no model");
  const rule = {
    Name: "r",
    Priority: 1,
    Statement: { NotStatement: { Statement: { GeoMatchStatement: { CountryCodes: ["CH"] } } } },
  };
  const input = { Scope: "REGIONAL", Rules: [rule] };
  expect(toWire(input, operation.input)).toEqual(input);
  expect(fromWire(input, operation.input)).toEqual(input);
});
