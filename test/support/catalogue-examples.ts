/** One file of each kind in which every key of its schema stands at least once: of the right form, whatever it means. */
import configSchema from "../../schemas/config.json" with { type: "json" };
import packSchema from "../../schemas/pack.json" with { type: "json" };
import policySchema from "../../schemas/policy.json" with { type: "json" };
import remediationSchema from "../../schemas/remediation.json" with { type: "json" };
import resourceTypeSchema from "../../schemas/resource-type.json" with { type: "json" };
import { isObject, toJson } from "../../src/json.ts";
import type { Json, JsonObject } from "../../src/types/json.ts";

export type Kind = "resourceType" | "policy" | "remediation" | "pack" | "config";

export const SCHEMAS: Readonly<Record<Kind, Json>> = {
  resourceType: toJson(resourceTypeSchema),
  policy: toJson(policySchema),
  remediation: toJson(remediationSchema),
  pack: toJson(packSchema),
  config: toJson(configSchema),
};

const call = { call: "s3:ListBuckets", with: { Prefix: "p" }, iam: ["s3:ListAllMyBuckets"] };
const list = { ...call, items: "output.Buckets", parents: { ...call, items: "output.Buckets" } };
const param = {
  type: "array",
  default: [],
  description: "words",
  enum: [[]],
  minimum: 1,
  maximum: 2,
  pattern: "^a",
  items: { type: "string" },
};
const field = {
  ...call,
  from: "bulk",
  value: "output",
  decode: "json",
  absent: ["NoSuchThing"],
  sensitive: true,
  description: "words",
};
const step = {
  ...call,
  name: "made",
  when: "true",
  each: "[1]",
  until: "true",
  limit: "10m",
  already: ["Done"],
  failure: { when: "false", because: '"words"' },
  reuse: { ...call, items: "output.Buckets" },
};

export const EXAMPLES: Readonly<Record<Kind, JsonObject>> = {
  resourceType: {
    type: "x.thing",
    title: "Thing",
    cloudformation: "AWS::X::Thing",
    scope: "global",
    list,
    get: { ...list, absent: ["NoSuchThing"] },
    lists: { bulk: { ...list, key: "item.Name" } },
    id: "item.Name",
    arn: "item.Name",
    region: "item.BucketRegion",
    identity: "item.Name",
    fields: { Field: field },
    tags: field,
    account_fields: { Joined: { type: "x.account", field: "Block" } },
  },
  policy: {
    id: "x_thing_right",
    title: "Things are right",
    severity: "high",
    resource: "x.thing",
    when: "true",
    check: "true",
    reason: '"words"',
    remediation: { id: "x.mend-thing", mode: "approve", grace: "14d", params: { Days: 1 } },
    params: { days: param },
    controls: { CIS: ["1.1"] },
    equivalents: { other: "X-1", more: ["X-2"] },
    rationale: "words",
    references: ["https://example.com/"],
    tests: [
      {
        name: "one",
        id: "a",
        arn: "arn:a",
        account: { id: "111111111111", name: "one", labels: { stage: "prod" } },
        region: "eu-west-1",
        now: "2026-01-01",
        params: { days: [] },
        remediation_params: { Days: 1 },
        resource: {},
        expect: "fail",
        plan: [{ call: "s3:PutBucketPolicy", with: { Bucket: "a" } }],
        undo: [{ call: "s3:PutBucketPolicy", with: { Bucket: "a" } }],
        blocked: "words",
      },
    ],
  },
  remediation: {
    id: "x.mend-thing",
    title: "Mend a thing",
    resource: "x.thing",
    risk: "safe",
    impact: "none",
    cost: "none",
    params: { Days: param },
    refuse: [{ when: "false", because: "words" }],
    changes: { Field: "true" },
    deletes: true,
    steps: [step],
    undo: [step],
    undo_note: "words",
    settles: "1m",
  },
  pack: { pack: "some", title: "Some", policies: ["x_thing_right"] },
  config: {
    version: 1,
    partition: "aws",
    accounts: [{ id: "111111111111", name: "one", labels: { stage: "prod" } }],
    regions: ["eu-west-1"],
    roles: { read: { name: "read", external_id: "a" }, remediate: { name: "mend", external_id: "b" } },
    policies: [
      { pack: "some", mode: "report", grace: "7d", where: { stage: "prod" }, except: { stage: ["test"] } },
      { use: "x_thing_right", params: { days: [] }, remediation_params: { Days: 1 }, allow_destructive: true },
    ],
    guards: { per_policy: 1, per_account: 2, per_run: 3, percent: 4 },
    changes: {
      windows: [{ days: ["mon"], from: "08:00", to: "16:00", timezone: "UTC" }],
      freezes: [{ from: "2026-12-20", to: "2026-12-31", because: "words" }],
    },
    plan_ttl: "7d",
    signing: { key: "arn:aws:kms:us-east-1:999999999999:key/11111111-2222-3333-4444-555555555555" },
    allow_unsafe: ["repository-private"],
    journal: { bucket: "acme-journal", account: "999999999999", region: "eu-west-1", prefix: "evenkeel/acme/" },
    report: {
      group_by: "stage",
      branch_prefix: "evenkeel/report",
      plan_path: "plans",
      most_open: 5,
      most_new: 2,
      snooze: "14d",
      renewal_days: 30,
    },
  },
};

export type Place = readonly (string | number)[];

/** One instance of one object of a closed list of keys: where it stands in the example, and its schema. */
export interface Node {
  readonly place: Place;
  /** The same for all instances of one schema: `tests[].plan[]`, `fields{}`. */
  readonly path: string;
  readonly schema: JsonObject;
  readonly value: Json;
}

/** Every part of the example beside the schema that speaks of it. */
export function* nodesOf(kind: Kind): Generator<Node> {
  yield* walk(SCHEMAS[kind], EXAMPLES[kind], [], "", SCHEMAS[kind]);
}

function* walk(raw: Json | undefined, value: Json, place: Place, path: string, root: Json): Generator<Node> {
  const schema = resolve(raw, root);
  if (schema === undefined) return;
  yield { place, path, schema, value };
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* walk(schema["items"], item, [...place, index], `${path}[]`, root);
    }
    return;
  }
  if (!isObject(value)) return;
  const properties = asObject(schema["properties"]);
  for (const [key, item] of Object.entries(value)) {
    const known = properties[key];
    // An open mapping's keys are the user's own.
    const more = typeof schema["additionalProperties"] === "object" ? schema["additionalProperties"] : undefined;
    yield* walk(known ?? more, item, [...place, key], known === undefined ? `${path}{}` : join(path, key), root);
  }
}

/** Every key that the schema has, by path; shared definitions once for each place that uses them, recursion once. */
export function keysOf(kind: Kind): Set<string> {
  const keys = new Set<string>();
  const visit = (raw: Json | undefined, path: string, seen: readonly Json[]): void => {
    const schema = resolve(raw, SCHEMAS[kind]);
    if (schema === undefined || seen.includes(schema)) return;
    const inside = [...seen, schema];
    for (const [key, inner] of Object.entries(asObject(schema["properties"]))) {
      keys.add(join(path, key));
      visit(inner, join(path, key), inside);
    }
    visit(schema["items"], `${path}[]`, inside);
    if (isObject(schema["additionalProperties"])) visit(schema["additionalProperties"], `${path}{}`, inside);
  };
  visit(SCHEMAS[kind], "", []);
  return keys;
}

function resolve(raw: Json | undefined, root: Json): JsonObject | undefined {
  if (!isObject(raw)) return undefined;
  const ref = raw["$ref"];
  if (typeof ref !== "string" || !isObject(root)) return raw;
  return asObject(asObject(root["definitions"])[ref.slice("#/definitions/".length)]);
}

export function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
