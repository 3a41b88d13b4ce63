import { expect, test } from "vitest";
import { stringify } from "yaml";
import { checkForm } from "../../src/catalogue/form.ts";
import { readSource } from "../../src/catalogue/source.ts";
import { problemText } from "../../src/errors.ts";
import { isObject } from "../../src/json.ts";
import type { Json } from "../../src/types/json.ts";
import { asObject, EXAMPLES, type Kind, keysOf, nodesOf, type Place } from "../support/catalogue-examples.ts";

const KINDS = ["resourceType", "policy", "remediation", "pack", "config"] as const;

function problems(kind: Kind, value: Json): string[] {
  return problemsIn(kind, stringify(value));
}

function problemsIn(kind: Kind, text: string): string[] {
  const { source, problems: unread } = readSource("f.yaml", text);
  if (source === undefined) return unread.map(problemText);
  return checkForm(kind, source).problems.map(problemText);
}

/** A copy with the value at a place edited; `undefined` takes the key away. */
function edited(value: Json, place: Place, edit: (old: Json | undefined) => Json | undefined): Json {
  const [head, ...rest] = place;
  if (head === undefined) return edit(value) ?? null;
  if (Array.isArray(value)) return value.map((item, index) => (index === head ? edited(item, rest, edit) : item));
  const object = asObject(value);
  if (rest.length > 0) return { ...object, [head]: edited(object[head] ?? null, rest, edit) };
  const { [String(head)]: old, ...others } = object;
  const next = edit(old);
  return next === undefined ? others : { ...object, [head]: next };
}

function placeOf(text: string, needle: string): string {
  const offset = text.indexOf(needle);
  if (offset === -1 || text.indexOf(needle, offset + 1) !== -1) throw new Error(`${needle} must stand once`);
  const before = text.slice(0, offset).split("\n");
  return `f.yaml:${before.length}:${(before.at(-1) ?? "").length + 1}`;
}

const SLIPS: readonly ((key: string) => string)[] = [
  (key) => `${key}q`,
  (key) => (key.length < 4 ? `${key}z` : `${key[1]}${key[0]}${key.slice(2)}`),
];

for (const kind of KINDS) {
  const nodes = [...nodesOf(kind)];
  const closed = nodes.filter(({ schema }) => schema["additionalProperties"] === false);

  test(`${kind}: the example is right and uses every key of the schema`, () => {
    expect(problems(kind, EXAMPLES[kind])).toEqual([]);
    const used = new Set(nodes.map(({ path }) => path).filter((path) => !/(\[\]|\{\})$/.test(path)));
    const recursive = (path: string) => /items\.(?!items)/.test(path) && path.includes("params{}");
    const missing = [...keysOf(kind)].filter((path) => !used.has(path) && !recursive(path));
    expect(missing).toEqual(kind === "remediation" ? ["irreversible"] : []);
  });

  test(`${kind}: a misspelt key anywhere is one problem, at its place, with the key that was meant`, () => {
    let tried = 0;
    for (const { place, schema } of closed) {
      for (const key of Object.keys(asObject(schema["properties"]))) {
        for (const slip of SLIPS) {
          const wrong = slip(key);
          const value = edited(EXAMPLES[kind], place, (old) => ({ [wrong]: "x", ...asObject(old) }));
          const text = stringify(value);
          const found = problemsIn(kind, text);
          const where = `${kind} ${place.join(".")} ${wrong}`;
          expect(found, where).toHaveLength(1);
          expect(found[0], where).toContain(`${placeOf(text, `${wrong}:`)}: unknown key \`${wrong}\``);
          expect(found[0], where).toContain(`(did you mean ${key}?)`);
          tried += 1;
        }
      }
    }
    expect(tried).toBeGreaterThanOrEqual(keysOf(kind).size);
  });

  test(`${kind}: a required key that is missing is named`, () => {
    for (const { place, schema } of closed) {
      const required = schema["required"];
      for (const key of Array.isArray(required) ? required : []) {
        const value = edited(EXAMPLES[kind], [...place, String(key)], () => undefined);
        const found = problems(kind, value);
        expect(found, `${place.join(".")} ${key}`).toHaveLength(1);
        expect(found[0]).toContain(`lacks \`${key}\``);
        expect(found[0]).toContain(place.length === 0 ? "the file lacks" : `\`${place.join(".")}\` lacks`);
      }
    }
  });

  test(`${kind}: a misspelt value of a closed list gets the nearest`, () => {
    for (const { place, schema } of nodes) {
      const allowed = schema["enum"];
      if (!Array.isArray(allowed)) continue;
      for (const value of allowed) {
        const found = problems(
          kind,
          edited(EXAMPLES[kind], place, () => `${value}q`),
        );
        expect(found, place.join(".")).toHaveLength(1);
        expect(found[0]).toContain(`\`${place.join(".")}\` is "${value}q"; expected ${allowed.join(", ")}`);
        expect(found[0]).toContain(`(did you mean ${value}?)`);
      }
    }
  });

  test(`${kind}: a value of the wrong type says what was found and what was expected`, () => {
    const wrong: Readonly<Record<string, Json>> = {
      string: [1],
      boolean: "yes",
      integer: "two",
      number: "two",
      array: { a: 1 },
      object: "text",
    };
    const found: Readonly<Record<string, string>> = {
      string: "a list",
      boolean: 'the string "yes"',
      integer: 'the string "two"',
      number: 'the string "two"',
      array: "a mapping",
      object: 'the string "text"',
    };
    let tried = 0;
    for (const { place, schema } of nodes) {
      const type = schema["type"];
      if (typeof type !== "string") continue;
      const said = problems(
        kind,
        edited(EXAMPLES[kind], place, () => wrong[type]),
      );
      const here = place.length === 0 ? "the file" : `\`${place.join(".")}\``;
      expect(said, place.join(".")).toHaveLength(1);
      expect(said[0]).toContain(`${here} is ${found[type]}; expected ${type}`);
      tried += 1;
    }
    expect(tried).toBeGreaterThan(2);
  });

  test(`${kind}: a text that a pattern does not match, and an empty value, are refused with the pattern`, () => {
    for (const { place, schema } of nodes) {
      if (typeof schema["pattern"] === "string") {
        const said = problems(
          kind,
          edited(EXAMPLES[kind], place, () => "in valid!"),
        );
        expect(said, place.join(".")).toHaveLength(1);
        expect(said[0]).toContain(`is "in valid!"; expected text that matches ${schema["pattern"]}`);
      }
      if (schema["minLength"] === 1) {
        const said = problems(
          kind,
          edited(EXAMPLES[kind], place, () => ""),
        );
        expect(said.length, place.join(".")).toBeGreaterThan(0);
      }
    }
  });
}

test("keys of the user's own that have the wrong form are named themselves, where they stand", () => {
  const text = stringify(edited(EXAMPLES.policy, ["params", "min-days"], () => ({ type: "integer" })));
  expect(problemsIn("policy", text)).toEqual([
    `${placeOf(text, "min-days:")}: the name \`min-days\` in \`params\` does not match ^[A-Za-z][A-Za-z0-9_]*$`,
  ]);
  const type = edited(EXAMPLES.resourceType, ["fields", "lower"], () => ({ value: "item.Name" }));
  expect(problems("resourceType", type)[0]).toContain("the name `lower` in `fields` does not match ^[A-Z]");
});

test("choices between keys are told as choices", () => {
  const both = edited(EXAMPLES.config, ["policies", 0, "use"], () => "x_thing_right");
  expect(problems("config", both)).toEqual([expect.stringContaining("expected exactly one of pack, use")]);
  const none = edited(EXAMPLES.config, ["policies", 1, "use"], () => undefined);
  expect(problems("config", none)).toEqual([expect.stringContaining("expected exactly one of pack, use")]);
  const { undo: _, ...irreversible } = EXAMPLES.remediation;
  expect(problems("remediation", irreversible)[0]).toContain("exactly one of undo, irreversible");
  const { changes: _c, deletes: _d, ...idle } = EXAMPLES.remediation;
  expect(problems("remediation", idle)[0]).toContain("one of changes, deletes");
  const regions = edited(EXAMPLES.config, ["regions"], () => "all");
  expect(problems("config", regions)).toEqual([
    expect.stringContaining('`regions`: expected one of "enabled", a value of type array'),
  ]);
});

test("all problems of a file are told at once", () => {
  const value = edited(
    edited(EXAMPLES.policy, ["severity"], () => "hgih"),
    ["tests", 0, "expect"],
    () => "fial",
  );
  const text = stringify(isObject(value) ? { ...value, titel: "x" } : value);
  expect(problemsIn("policy", text).map((line) => line.replace(/^f.yaml:\d+:\d+: /, ""))).toEqual(
    expect.arrayContaining([
      expect.stringContaining("unknown key `titel`"),
      expect.stringContaining("`severity` is"),
      expect.stringContaining("`tests.0.expect` is"),
    ]),
  );
});

test("a key named __proto__ is an unknown key like any other", () => {
  expect(problemsIn("pack", `__proto__: { pack: x }\n${stringify(EXAMPLES.pack)}`)).toEqual([
    "f.yaml:1:1: unknown key `__proto__` in the file; expected pack, title, policies",
  ]);
});
