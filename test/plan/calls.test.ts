import { expect, test } from "vitest";
import { planCalls, seconds } from "../../src/plan/calls.ts";
import type { Binding } from "../../src/types/cel.ts";
import type { FieldState } from "../../src/types/scan.ts";
import { load, REMEDIATION, TEXTS } from "../support/catalogue-texts.ts";

function plan(steps: string, fields: Readonly<Record<string, FieldState>> = {}) {
  const text = `${(TEXTS[REMEDIATION] ?? "").split("steps:")[0]}steps:\n${steps}\nirreversible: It stays.\n`;
  const { catalogue, problems } = load({ ...TEXTS, [REMEDIATION]: text });
  const remediation = catalogue.remediations.get("x.block-thing");
  if (remediation === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  const reader: Binding = { read: (name) => fields[name] ?? { state: "absent" } };
  return planCalls(remediation.steps, {
    account: { json: { id: "111111111111", name: "one", labels: {} } },
    region: { json: "eu-west-1" },
    partition: { json: "aws" },
    id: { json: "a" },
    arn: { json: "arn:a" },
    item_id: { json: "item" },
    params: { json: { BlockPublicPolicy: true } },
    resource: reader,
    before: reader,
    after: reader,
  });
}

const WRITE = '  - { call: s3:DeletePublicAccessBlock, with: { Bucket: "${id}" } }';
const tags = (value: Record<string, string>): Record<string, FieldState> => ({ Tags: { state: "value", value } });

test("`when` leaves a step out, with its rights", () => {
  const steps = `  - { name: one, when: '"x" in resource.Tags', call: s3:DeleteBucketPolicy, with: { Bucket: "\${id}" } }\n${WRITE}`;
  expect(plan(steps)).toMatchObject({
    calls: [{ step: "step2", call: "s3:DeletePublicAccessBlock", params: { Bucket: "a" } }],
    iam: ["s3:PutBucketPublicAccessBlock"],
  });
  expect(plan(steps, tags({ x: "1" }))).toMatchObject({ calls: [{ step: "one" }, { step: "step2" }] });
});

test("`each` makes a call for each element, numbered; none for none", () => {
  const steps = `  - { name: del, each: "resource.Tags.map(k, k)", call: s3:DeleteBucketPolicy, with: { Bucket: "\${each}" } }\n${WRITE}`;
  const result = plan(steps, tags({ p: "1", q: "2" }));
  expect("calls" in result && result.calls.map(({ step, params }) => [step, params])).toEqual([
    ["del.0", { Bucket: "p" }],
    ["del.1", { Bucket: "q" }],
    ["step2", { Bucket: "a" }],
  ]);
  expect(plan(steps)).toMatchObject({ calls: [{ step: "step2" }], iam: ["s3:PutBucketPublicAccessBlock"] });
});

test("until, limit, failure, already and reuse go into the plan as they will be used", () => {
  const steps = `  - name: look
    call: s3:GetBucketAcl
    with: { Bucket: "\${id}" }
    until: output.Grants.size() > 0
    failure: { when: "output.Grants.size() > 9", because: "'many'" }
  - call: s3:GetBucketAcl
    with: { Bucket: "\${id}" }
    until: "true"
    limit: 2h
  - call: s3:DeletePublicAccessBlock
    with: { Bucket: "\${id}" }
    already: [NoSuchBucket]
    reuse: { call: s3:ListBuckets, with: { Prefix: "\${id}" }, items: output.Buckets }`;
  const result = plan(steps);
  expect("calls" in result && result.calls).toEqual([
    {
      step: "look",
      call: "s3:GetBucketAcl",
      params: { Bucket: "a" },
      until: { condition: "output.Grants.size() > 0", limit: 300 },
      failure: { when: "output.Grants.size() > 9", because: "'many'" },
      reads: true,
    },
    {
      step: "step2",
      call: "s3:GetBucketAcl",
      params: { Bucket: "a" },
      until: { condition: "true", limit: 7200 },
      reads: true,
    },
    {
      step: "step3",
      call: "s3:DeletePublicAccessBlock",
      params: { Bucket: "a" },
      already: ["NoSuchBucket"],
      reuse: { call: "s3:ListBuckets", params: { Prefix: "a" }, items: "output.Buckets" },
    },
  ]);
  expect("iam" in result && result.iam).toEqual([
    "s3:GetBucketAcl",
    "s3:ListAllMyBuckets",
    "s3:PutBucketPublicAccessBlock",
  ]);
});

test("what an earlier step supplies becomes a binding beside the parameters, never text in them", () => {
  const steps = `  - { name: look, call: s3:GetBucketAcl, with: { Bucket: "\${id}" } }
  - { call: s3:DeletePublicAccessBlock, with: { Bucket: "\${steps.look.Owner.ID}", ExpectedBucketOwner: "\${account.id}" } }`;
  expect(plan(steps)).toMatchObject({
    calls: [
      { step: "look" },
      { params: { ExpectedBucketOwner: "111111111111" }, bind: { "/Bucket": "steps.look.Owner.ID" } },
    ],
  });
});

test("text from AWS that looks like an expression stays text", () => {
  const steps = `${WRITE}\n  - { call: s3:DeleteBucketPolicy, with: { Bucket: "\${resource.Tags['x']}" } }`;
  const result = plan(steps, tags({ x: "${steps.look.Owner.ID}" }));
  expect("calls" in result && result.calls[1]).toEqual({
    step: "step2",
    call: "s3:DeleteBucketPolicy",
    params: { Bucket: "${steps.look.Owner.ID}" },
  });
});

test("what cannot be read or goes wrong hinders, in words", () => {
  const denied: FieldState = { state: "unknown", code: "AccessDenied", message: "was denied" };
  const when = `  - { when: '"x" in resource.Tags', call: s3:DeleteBucketPolicy, with: { Bucket: a } }\n${WRITE}`;
  const each = `  - { each: "resource.Tags.map(k, k)", call: s3:DeleteBucketPolicy, with: { Bucket: a } }\n${WRITE}`;
  const input = "  - { call: s3:DeleteBucketPolicy, with: { Bucket: \"${resource.Tags['x']}\" } }";
  for (const steps of [when, each, input]) {
    expect(plan(steps, { Tags: denied })).toEqual({
      hindrance: { outcome: "unknown", reason: "`resource.Tags` could not be read: was denied" },
    });
  }
  expect(plan(input, tags({}))).toMatchObject({
    hindrance: { outcome: "blocked", reason: "no such key in resource.Tags" },
  });
});

test("durations are seconds", () => {
  expect(["90s", "10m", "12h", "7d"].map(seconds)).toEqual([90, 600, 43_200, 604_800]);
});
