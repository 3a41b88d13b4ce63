import { expect, test } from "vitest";
import { testPolicies } from "../../src/plan/policy-test.ts";
import { shipped } from "../catalogue/demand-catalogue.ts";
import { edit, load, POLICY, REMEDIATION, TEXTS } from "../support/catalogue-texts.ts";

/** What the runner says of one test, written as the lines below `tests:`. */
async function failureOf(lines: string, texts = TEXTS): Promise<string | undefined> {
  const { catalogue, problems } = load({ ...texts, [POLICY]: `${texts[POLICY]}tests:\n  - name: one\n${lines}` });
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
  const results = await testPolicies(catalogue, () => true);
  expect(results).toMatchObject([{ policy: "x_thing_blocked", name: "one", file: POLICY, line: 1 }]);
  return results[0]?.failure;
}

const rest = (text: string) =>
  text
    .split("\n")
    .map((line) => `    ${line}\n`)
    .join("");
const CLOSED = "{ BlockPublicAcls: true, BlockPublicPolicy: true }";

test.each([
  [`resource: { Block: ${CLOSED} }\nexpect: pass`, undefined],
  [`resource: { Block: ${CLOSED} }\nexpect: fail`, "expected fail, found pass"],
  ["resource: {}\nexpect: pass", "expected pass, found fail (not so: Things are blocked)"],
  ["resource: { Block: { $unknown: AccessDenied } }\nexpect: unknown", undefined],
  ["resource: { Block: { $unknown: AccessDenied } }\nexpect: fail", "expected fail, found unknown"],
  ["resource: { Block: { BlockPublicAcls: true } }\nexpect: pass\nparams: { wanted: false }", undefined],
  ["resource: {}\nexpect: fail\nplan: [{ call: s3:PutPublicAccessBlock }]", undefined],
  [
    `resource: {}\nexpect: fail\nplan: [{ call: s3:PutPublicAccessBlock, with: { Bucket: example, PublicAccessBlockConfiguration: ${CLOSED} } }]`,
    undefined,
  ],
  ["id: b\nresource: {}\nexpect: fail\nplan: [{ call: s3:PutPublicAccessBlock, with: { Bucket: b } }]", undefined],
  [
    "resource: {}\nexpect: fail\nplan: [{ call: s3:PutPublicAccessBlock, with: { Bucket: b } }]",
    'expected s3:PutPublicAccessBlock.Bucket to be "b", found "example"',
  ],
  [
    "resource: {}\nexpect: fail\nplan: [{ call: s3:PutPublicAccessBlock, with: { Bucket: null } }]",
    'expected no s3:PutPublicAccessBlock.Bucket, found "example"',
  ],
  [
    "resource: {}\nexpect: fail\nplan: [{ call: s3:PutPublicAccessBlock, with: { ExpectedBucketOwner: null } }]",
    undefined,
  ],
  ["resource: {}\nexpect: fail\nplan: []", "expected the calls [], found [s3:PutPublicAccessBlock]"],
  [
    "resource: {}\nexpect: fail\nplan: [{ call: s3:PutPublicAccessBlock }]\nundo: [{ call: s3:DeletePublicAccessBlock }]",
    undefined,
  ],
  [
    "resource: {}\nexpect: fail\nplan: [{ call: s3:PutPublicAccessBlock }]\nundo: [{ call: s3:PutPublicAccessBlock }]",
    "expected the calls [s3:PutPublicAccessBlock], found [s3:DeletePublicAccessBlock]",
  ],
  ["resource: { Tags: { keep: x } }\nexpect: fail\nblocked: to be kept", undefined],
  [
    "resource: { Tags: { keep: x } }\nexpect: fail\nblocked: website",
    'expected it to be blocked because of "website", found "It is to be kept."',
  ],
  ["resource: { Tags: { keep: x } }\nexpect: fail\nplan: []", undefined],
  [
    "resource: { Tags: { keep: x } }\nexpect: fail\nplan: [{ call: s3:PutPublicAccessBlock }]",
    "expected a plan, but it is blocked: It is to be kept.",
  ],
  [
    "resource: {}\nexpect: fail\nblocked: to be kept",
    'expected it to be blocked because of "to be kept", but it is planned',
  ],
  [
    "resource: {}\nexpect: fail\nremediation_params: { BlockPublicPolicy: false }\nblocked: would still not pass",
    undefined,
  ],
])("%#: %s", async (lines, failure) => {
  const found = await failureOf(rest(lines));
  if (failure === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(failure);
});

test("id, arn, account, region and now are what expressions see", async () => {
  const check = (text: string) => edit(POLICY, "check: |", `check: ${text}\nrationale: |`);
  const one = (check: string, lines: string) =>
    failureOf(rest(`${lines}\nresource: {}\nexpect: pass`), {
      ...TEXTS,
      ...edit(POLICY, "check: |", `check: ${check}\nrationale: |`),
    });
  expect(await one("id == 'b'", "id: b")).toBeUndefined();
  expect(await one("id == 'example'", "region: x")).toBeUndefined();
  expect(await one("arn == 'arn:b'", "arn: arn:b")).toBeUndefined();
  expect(
    await one(
      "account.id == '222222222222' && account.name == 'two' && account.labels['stage'] == 'prod'",
      'account: { id: "222222222222", name: two, labels: { stage: prod } }',
    ),
  ).toBeUndefined();
  expect(
    await one("account.id == '111111111111' && account.name == 'example' && region == 'us-east-1'", "id: x"),
  ).toBeUndefined();
  expect(await one("region == 'eu-west-1'", "region: eu-west-1")).toBeUndefined();
  expect(await one("now == timestamp('2027-03-04T00:00:00Z')", "now: 2027-03-04")).toBeUndefined();
  expect(await one("now == timestamp('2026-01-01T00:00:00Z')", "id: x")).toBeUndefined();
  expect(load(check("id == 'b'")).problems).toEqual([]);
});

test("the ARN is the type's own where its ID is all it takes", async () => {
  const texts = edit("resources/thing.yaml", 'item.Name"\nidentity', 'id"\nidentity');
  const lines = rest("id: b\nresource: {}\nexpect: pass");
  expect(
    await failureOf(lines, edit(POLICY, "check: |", "check: arn == 'arn:aws:s3:::b'\nrationale: |", texts)),
  ).toBeUndefined();
});

test("a destructive remediation is tested as if it were allowed", async () => {
  const texts = edit(REMEDIATION, "risk: disruptive", "risk: destructive");
  expect(
    await failureOf(rest("resource: {}\nexpect: fail\nplan: [{ call: s3:PutPublicAccessBlock }]"), texts),
  ).toBeUndefined();
});

test("only the selected policies are tested, sorted by ID; all tests that ship pass", async () => {
  const results = await testPolicies(shipped(), () => true);
  expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(results.length).toBeGreaterThan(100);
  const ids = results.map(({ policy }) => policy);
  expect(ids).toEqual([...ids].sort());
  const one = await testPolicies(shipped(), (id) => id === "kms_key_rotation");
  expect(new Set(one.map(({ policy }) => policy))).toEqual(new Set(["kms_key_rotation"]));
});
