import { expect, test } from "vitest";
import type { CompiledPolicy, EffectivePolicy } from "../../src/catalogue/compiled.ts";
import {
  type Demand,
  demandsOf,
  demandsOfEffective,
  fieldsRead,
  readCalls,
  writeCalls,
} from "../../src/catalogue/demand.ts";
import { catalogueOf, policyOf, shipped } from "./demand-catalogue.ts";

function demand(id: string, far: Partial<Demand> = {}): Demand {
  return { policy: policyOf(shipped(), id), plans: true, applies: true, ...far };
}

function names(calls: readonly { readonly call: string }[]): string[] {
  return calls.map(({ call }) => call);
}

test("a policy that only reports needs its list and the calls of the fields its check reads, and nothing to write", () => {
  const demands = [demand("s3_bucket_versioning", { plans: false, applies: false })];
  expect(names(readCalls(demands, shipped().types))).toEqual(["s3:GetBucketVersioning", "s3:ListBuckets"]);
  expect(writeCalls(demands)).toEqual([]);
});

test("each call says which policy needs it for what, once, sorted", () => {
  const demands = demandsOf([policyOf(shipped(), "s3_bucket_versioning"), policyOf(shipped(), "s3_bucket_tls_only")]);
  const list = readCalls(demands, shipped().types).find(({ call }) => call === "s3:ListBuckets");
  expect(list).toEqual({
    call: "s3:ListBuckets",
    iam: ["s3:ListAllMyBuckets"],
    because: [
      "s3_bucket_tls_only/s3.bucket.get",
      "s3_bucket_tls_only/s3.bucket.list",
      "s3_bucket_versioning/s3.bucket.get",
      "s3_bucket_versioning/s3.bucket.list",
    ],
  });
});

test("planning reads the remediation's fields too", () => {
  const without = fieldsRead(demand("s3_bucket_tls_only", { plans: false }));
  const planned = fieldsRead(demand("s3_bucket_tls_only"));
  expect(without.has("Website")).toBe(false);
  expect(planned.get("Website")).toEqual(["remediation"]);
  const calls = readCalls([demand("s3_bucket_tls_only", { applies: false })], shipped().types);
  expect(names(calls)).toContain("s3:GetBucketWebsite");
});

test("the looking steps of a remediation are the reader's, the writing ones the writer's", () => {
  const demands = [demand("ebs_volume_unattached")];
  const reads = readCalls(demands, shipped().types);
  const writes = writeCalls(demands);
  expect(names(writes)).toEqual(["ec2:CreateSnapshot", "ec2:CreateVolume", "ec2:DeleteVolume"]);
  expect(names(reads)).toContain("ec2:DescribeSnapshots");
  expect(reads.find(({ call }) => call === "ec2:DescribeSnapshots")?.because).toContain(
    "ebs_volume_unattached/ec2.snapshot-and-delete-volume.snapshot",
  );
  for (const call of [...reads, ...writes]) expect(call.iam.length, call.call).toBeGreaterThan(0);
});

test("parents of a list, bulk lists and fields of the account's own resource are followed to their calls", () => {
  const { types } = shipped();
  expect(names(readCalls([demand("iam_access_key_unused")], types))).toEqual(
    expect.arrayContaining(["iam:GetAccessKeyLastUsed", "iam:ListAccessKeys", "iam:ListUsers"]),
  );
  const flow = readCalls([demand("vpc_flow_logs", { plans: false, applies: false })], types);
  expect(flow.find(({ call }) => call === "ec2:DescribeFlowLogs")?.because[0]).toMatch(/^vpc_flow_logs\/ec2\.vpc\./);
  const catalogue = catalogueOf(ACCOUNT_FIELD);
  const joined = readCalls(demandsOf(catalogue.policies.values()), catalogue.types);
  expect(joined).toContainEqual({
    call: "s3control:GetPublicAccessBlock",
    iam: ["s3:GetAccountPublicAccessBlock"],
    because: ["x_account_field/x.bucket.FromAccount"],
  });
});

test("an expression that takes the whole resource reads every field", () => {
  const catalogue = catalogueOf({
    ...ACCOUNT_FIELD,
    "policies/x/account-field.yaml":
      "id: x_account_field\ntitle: t\nseverity: low\nresource: x.bucket\ncheck: resource == resource\n",
  });
  const [whole] = demandsOf(catalogue.policies.values());
  expect(whole === undefined ? [] : [...fieldsRead(whole).keys()]).toEqual(["FromAccount", "Name"]);
});

test("words of a reason ask for no call, since the scan makes none for them", () => {
  const catalogue = catalogueOf({
    ...ACCOUNT_FIELD,
    "policies/x/account-field.yaml":
      'id: x_account_field\ntitle: t\nseverity: low\nresource: x.bucket\ncheck: resource.Name != ""\nreason: \'resource.FromAccount.BlockPublicAcls ? "a" : "b"\'\n',
  });
  expect(names(readCalls(demandsOf(catalogue.policies.values()), catalogue.types))).toEqual(["s3:ListBuckets"]);
});

test("the configuration decides how far policies go; one account that wants it is enough", () => {
  const policy = policyOf(shipped(), "s3_bucket_versioning");
  const volume = policyOf(shipped(), "ebs_volume_unattached");
  const demands = demandsOfEffective([
    effective(policy, "report"),
    effective(policy, "approve"),
    effective(policy, "report"),
    effective(volume, "approve"),
  ]);
  expect(demands.map(({ policy: { file }, plans, applies }) => [file.id, plans, applies])).toEqual([
    ["ebs_volume_unattached", true, false],
    ["s3_bucket_versioning", true, true],
  ]);
  expect(demandsOfEffective([{ ...effective(volume, "approve"), allowDestructive: true }])[0]?.applies).toBe(true);
  expect(demandsOfEffective([effective(policy, "report")])[0]).toMatchObject({ plans: false, applies: false });
});

test("an exception by tag asks for the call that reads tags, for the policies it is from and no others", () => {
  const bucket = policyOf(shipped(), "s3_bucket_versioning");
  const key = policyOf(shipped(), "kms_key_rotation");
  const calls = (...exceptions: Parameters<typeof demandsOfEffective>[1] & object) => {
    const demands = demandsOfEffective([effective(bucket, "report"), effective(key, "report")], exceptions);
    return readCalls(demands, shipped().types);
  };
  const without = names(calls({ policy: "s3_bucket_versioning", match: { resource: "logs" } }));
  expect(without).not.toContain("s3:GetBucketTagging");
  const byTag = { policy: "s3_bucket_versioning", match: { tag: { stage: "old" } } };
  const all = calls(byTag, byTag);
  expect(names(all).filter((name) => !without.includes(name))).toEqual(["s3:GetBucketTagging"]);
  const [tags] = all.filter(({ call }) => call === "s3:GetBucketTagging");
  expect(tags).toMatchObject({ iam: ["s3:GetBucketTagging"], because: ["s3_bucket_versioning/s3.bucket.Tags"] });
  // The account's password policy has no tags: an exception of that kind is a problem of its own.
  const password = policyOf(shipped(), "iam_password_policy");
  const odd = { policy: "iam_password_policy", match: { tag: { stage: "old" } } };
  expect(demandsOfEffective([effective(password, "report")], [odd])[0]?.exceptedByTag).toBeUndefined();
});

test("all shipped policies: whatever reads is classed so, and the reader's calls are none of the writer's", () => {
  const demands = demandsOf(shipped().policies.values());
  expect(demands.length).toBeGreaterThanOrEqual(16);
  const writes = new Set(names(writeCalls(demands)));
  for (const { call } of readCalls(demands, shipped().types)) expect(writes.has(call), call).toBe(false);
});

function effective(policy: CompiledPolicy, mode: EffectivePolicy["mode"]): EffectivePolicy {
  return {
    policy,
    account: { id: "111111111111", name: "one", labels: {} },
    mode,
    severity: "high",
    params: {},
    remediationParams: {},
    allowDestructive: false,
    entry: policy.location,
  };
}

const ACCOUNT_FIELD = {
  "resources/x/account.yaml": `type: x.account
title: Account
scope: global
id: account.id
arn: "'arn:' + partition + ':iam::' + account.id + ':root'"
identity: account.id
fields:
  Block:
    call: s3control:GetPublicAccessBlock
    with: { AccountId: "\${account.id}" }
    value: output.PublicAccessBlockConfiguration
`,
  "resources/x/bucket.yaml": `type: x.bucket
title: Bucket
scope: global
list: { call: s3:ListBuckets, items: output.Buckets }
id: item.Name
arn: item.Name
identity: item.CreationDate
fields:
  Name: { value: item.Name }
account_fields:
  FromAccount: { type: x.account, field: Block }
`,
  "policies/x/account-field.yaml":
    "id: x_account_field\ntitle: t\nseverity: low\nresource: x.bucket\ncheck: resource.FromAccount.BlockPublicAcls\n",
};
