import { expect, test } from "vitest";
import type { CompiledCatalogue } from "../../src/catalogue/compiled.ts";
import { type Explanation, explain } from "../../src/report/explain.ts";
import { displayWidth } from "../../src/text/width.ts";
import { catalogueOf, models, shipped } from "../catalogue/demand-catalogue.ts";

function known(name: string, catalogue: CompiledCatalogue = shipped()): Explanation {
  const found = explain(name, catalogue, models);
  if ("unknown" in found) throw new Error(`${name} is unknown`);
  return found;
}

function suggestions(name: string): readonly string[] {
  const found = explain(name, shipped(), models);
  return "unknown" in found ? found.nearest : [];
}

test("a policy: check, calls, actions, and everything about its remediation", () => {
  const text = known("s3_bucket_public_access_block").text(80, false);
  for (const part of [
    "S3 buckets block public access",
    "severity    high",
    "Passes when",
    "resource.PublicAccessBlock.BlockPublicAcls",
    "PublicAccessBlock: s3.PublicAccessBlockConfiguration, from s3:GetPublicAccessBlock",
    "needs s3:GetBucketPublicAccessBlock",
    "Remediation: s3.block-bucket-public-access",
    "Changes PublicAccessBlock to",
    "1. s3:PutPublicAccessBlock (needs s3:PutBucketPublicAccessBlock)",
    "Bucket: ${id}",
    "s3:DeletePublicAccessBlock",
    "has(before.PublicAccessBlock)",
    "S3.8",
    "AWS.S3.Bucket.PublicAccessBlock",
  ]) {
    expect(text.replace(/\s+/g, " ")).toContain(part.replace(/\s+/g, " "));
  }
});

test("a policy's grace is said, in text and JSON; one of nothing is none", () => {
  const policy = shipped().policies.get("s3_bucket_versioning");
  if (policy?.file.remediation === undefined) throw new Error("it has a remediation");
  const { remediation } = policy.file;
  const explained = (grace: string) => {
    const file = { ...policy.file, remediation: { ...remediation, grace } };
    return known(policy.file.id, { ...shipped(), policies: new Map([[policy.file.id, { ...policy, file }]]) });
  };
  expect(explained("14d").text(200, false)).toContain(
    "grace       14d: proposed when a report saw it fail so long ago",
  );
  expect(explained("14d").json).toMatchObject({ mode: "approve", grace: "14d" });
  expect(explained("0s").text(200, false)).not.toContain("grace");
  expect(explained("0s").json).not.toHaveProperty("grace");
});

test("a policy's JSON says the same by key", () => {
  expect(known("s3_bucket_versioning").json).toMatchObject({
    kind: "policy",
    id: "s3_bucket_versioning",
    resource: "s3.bucket",
    fields: expect.arrayContaining([
      expect.objectContaining({
        name: "Versioning",
        call: "s3:GetBucketVersioning",
        type: "s3.GetBucketVersioningOutput",
      }),
    ]),
    read_calls: expect.arrayContaining([
      expect.objectContaining({ call: "s3:ListBuckets", iam: ["s3:ListAllMyBuckets"] }),
    ]),
    write_calls: [expect.objectContaining({ call: "s3:PutBucketVersioning" })],
    remediation: { kind: "remediation", id: "s3.enable-versioning", risk: expect.any(String) },
  });
  const { tests } = shipped().policies.get("s3_bucket_versioning")?.file ?? {};
  expect(known("s3_bucket_versioning").json).toMatchObject({ tests: { total: tests?.length } });
});

test("a remediation: risk, parameters with types and defaults, steps, undo and who uses it", () => {
  const explanation = known("ec2.snapshot-and-delete-volume");
  const text = explanation.text(80, false);
  expect(text).toContain("destructive: something is gone afterwards");
  expect(text).toContain("steps.snapshot");
  expect(text).toContain("only looks, through the read role");
  expect(text).toContain("2h at most");
  expect(text).toContain("ebs_volume_unattached");
  expect(explanation.json).toMatchObject({ kind: "remediation", deletes: true, used_by: ["ebs_volume_unattached"] });
  expect(known("ec2.create-flow-logs").text(80, false)).toMatch(
    /destination_bucket_arn: string, matches\s.*must be\s+given/s,
  );
});

test("a resource type: how it is listed, its fields with their types and suppliers, who uses it", () => {
  const text = known("s3.bucket").text(80, false);
  expect(text).toMatch(/^ {2}Policy +document +s3:GetBucketPolicy$/m);
  expect(text).toMatch(/^ {2}CreationDate +timestamp +the list$/m);
  expect(text).toContain("s3_bucket_tls_only");
  expect(known("iam.access_key").text(80, false)).toContain("iam:ListUsers, then for each of output.Users:");
  expect(known("s3.bucket").json).toMatchObject({
    kind: "resource_type",
    fields: expect.arrayContaining([expect.objectContaining({ name: "Tags", type: "map<string, string>" })]),
  });
});

test("a field: call, input, actions, codes that mean not set, members two levels deep with the values AWS names", () => {
  const text = known("s3.bucket.Versioning").text(80, false);
  expect(text).toContain("needs       s3:GetBucketVersioning");
  expect(text).toContain("Bucket: ${id}");
  expect(text).toContain("Status: string (Enabled, Suspended)");
  expect(known("s3.bucket.Policy").text(80, false)).toContain("when AWS answers NoSuchBucketPolicy");
  expect(known("s3.bucket.Policy").text(80, false)).toContain("policies read it decoded");
  const { members } = Object(known("ec2.vpc.FlowLogs").json);
  const paths: string[] = members.map(({ path }: { path: string }) => path);
  expect(paths).toContain("[].DestinationOptions.FileFormat");
  for (const path of paths) expect(path.split(".").length, path).toBeLessThanOrEqual(3);
});

test("a member inside a field, and a field joined from the account", () => {
  expect(known("s3.bucket.Versioning.Status").text(80, false)).toContain("type        string");
  expect(known("ec2.vpc.FlowLogs.DestinationOptions.FileFormat").json).toMatchObject({ kind: "field", type: "string" });
  expect(known("s3.bucket.AccountPublicAccessBlock").json).toMatchObject({
    call: "s3control:GetPublicAccessBlock",
    iam: ["s3:GetAccountPublicAccessBlock"],
    through: expect.stringContaining("s3.account"),
  });
});

test("a field of a bulk list shows the list's own input", () => {
  expect(known("ec2.snapshot.RestorableByAll").json).toMatchObject({
    call: "ec2:DescribeSnapshots",
    with: { RestorableByUserIds: ["all"] },
    through: expect.stringContaining("bulk list"),
  });
});

test("what does not exist is answered by what stands nearest", () => {
  expect(suggestions("s3_bucket_versionning")[0]).toBe("s3_bucket_versioning");
  expect(suggestions("s3.bucket.Versionin")).toEqual(["s3.bucket.Versioning"]);
  expect(suggestions("s3.buckt.Versioning")[0]).toBe("s3.bucket.Versioning");
  expect(suggestions("s3.bucket.Versioning.Stats")).toEqual(["s3.bucket.Versioning.Status"]);
  expect(suggestions("versioning")).toContain("s3_bucket_versioning");
  expect(suggestions("zzzzqqqq")).toEqual([]);
});

test("every name of the shipped catalogue is explained within the width, in plain characters", () => {
  const { policies, remediations, types } = shipped();
  const fields = [...types.values()].flatMap(({ file, fields: all }) =>
    [...all.keys()].map((name) => `${file.type}.${name}`),
  );
  for (const name of [...policies.keys(), ...remediations.keys(), ...types.keys(), ...fields]) {
    for (const width of [80, 40]) {
      for (const line of known(name).text(width, false).split("\n")) {
        expect(displayWidth(line), `${name}: ${line}`).toBeLessThanOrEqual(width);
        expect(line, name).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }
  }
});

test("colour only adds colour", () => {
  const plain = known("s3.bucket").text(80, false);
  const coloured = known("s3.bucket").text(80, true);
  expect(coloured).not.toBe(plain);
  expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(plain);
});

test("a hostile catalogue file reaches the terminal as harmless text", () => {
  const catalogue = catalogueOf({
    "resources/x/bucket.yaml": `type: x.bucket
title: "Bucket \\u001b[2J \\u202e"
scope: global
list: { call: s3:ListBuckets, items: output.Buckets }
id: item.Name
arn: item.Name
identity: item.CreationDate
fields:
  Name: { value: item.Name, description: "::error::x \\u001b]0;x\\u0007" }
`,
    "policies/x/y.yaml":
      'id: x_bucket_named\ntitle: "t\\u001b[31m"\nseverity: low\nresource: x.bucket\ncheck: |\n  resource.Name != "\u202e"\n',
  });
  for (const name of ["x.bucket", "x.bucket.Name", "x_bucket_named"]) {
    const text = known(name, catalogue).text(80, false);
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(text).toContain("\\u{");
    expect(text).not.toMatch(/^\s*::error/m);
  }
});

test("a pack is explained by its title and its policies", () => {
  const { text, json } = known("essentials");
  const pack = shipped().packs.get("essentials");
  expect(text(80, false)).toContain(pack?.title ?? "?");
  expect(text(80, false)).toContain("s3_bucket_versioning: S3 buckets keep old versions of their objects");
  expect(json).toMatchObject({ kind: "pack", id: "essentials", policies: pack?.policies });
});
