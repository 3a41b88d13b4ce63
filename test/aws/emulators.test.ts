import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Connection } from "../../src/aws/connect.ts";
import type { AwsOptions } from "../../src/aws/options.ts";
import { createReader } from "../../src/aws/reader.ts";
import { createWriter } from "../../src/aws/writer.ts";
import type { CallRequest } from "../../src/types/aws.ts";
import { clientConfig, createRole, rootCredentials } from "../support/accounts.ts";
import { startMinistack } from "../support/ministack.ts";
import { startMoto } from "../support/moto.ts";
import type { Emulator } from "../support/ports.ts";
import { connectTo, remoteError, request } from "./connection.ts";

/** The stand-in is made from the same models as we are; these two were written by others. */
const [A, B, CALLER] = ["111111111111", "222222222222", "999999999999"] as const;
let moto: Emulator;
let ministack: Emulator;
const open: Connection[] = [];

beforeAll(async () => {
  [moto, ministack] = await Promise.all([startMoto(), startMinistack({ auth: true })]);
});
beforeEach(() => {
  for (const connection of open.splice(0)) connection.close();
});
afterAll(async () => {
  for (const connection of open.splice(0)) connection.close();
  await Promise.all([moto.stop(), ministack.stop()]);
});

function connected(emulator: Emulator, over: Partial<AwsOptions> = {}): Connection {
  const made = connectTo(emulator.url, over);
  open.push(made.connection);
  return made.connection;
}
const item = (call: CallRequest) => ({ ...call, item: "i" });
const block = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

test("moto: reads and writes two accounts, S3 Control too, and neither sees the other's", async () => {
  const connection = connected(moto);
  const [reader, writer] = [createReader(connection), createWriter(connection)];
  for (const account of [A, B]) {
    const bucket = { Bucket: `logs-${account}` };
    await writer.send(item(request("s3", "CreateBucket", bucket, { account, region: "us-east-1" })));
    const input = { ...bucket, PublicAccessBlockConfiguration: block };
    await writer.send(item(request("s3", "PutPublicAccessBlock", input, { account, region: "us-east-1" })));
  }
  const input = { PublicAccessBlockConfiguration: { BlockPublicAcls: true } };
  await writer.send(item(request("s3control", "PutPublicAccessBlock", input, { account: A })));
  expect((await reader.call(request("s3control", "GetPublicAccessBlock", {}, { account: A }))).output).toMatchObject(
    input,
  );
  const missing = await remoteError(reader.call(request("s3control", "GetPublicAccessBlock", {}, { account: B })));
  expect(missing).toMatchObject({ kind: "not_found", code: "NoSuchPublicAccessBlockConfiguration" });
  for (const account of [A, B]) {
    const names: unknown[] = [];
    for await (const { output } of reader.pages(request("s3", "ListBuckets", {}, { account, region: "" })))
      names.push(output["Buckets"]);
    expect(names).toMatchObject([[{ Name: `logs-${account}`, CreationDate: expect.stringMatching(/^\d{4}-.*Z$/) }]]);
    const { output } = await reader.call(
      request("s3", "GetPublicAccessBlock", { Bucket: `logs-${account}` }, { account }),
    );
    expect(output).toEqual({ PublicAccessBlockConfiguration: block });
  }
  const foreign = await remoteError(
    reader.call(request("s3", "GetPublicAccessBlock", { Bucket: `logs-${B}` }, { account: A })),
  );
  expect(foreign.kind).toBe("denied");
});

test("moto: pages of roles, enabled regions, and an operation it lacks", async () => {
  const connection = connected(moto);
  const [reader, writer] = [createReader(connection), createWriter(connection)];
  const trust = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  for (let i = 0; i < 5; i += 1) {
    const input = { RoleName: `role-${i}`, AssumeRolePolicyDocument: trust };
    await writer.send(item(request("iam", "CreateRole", input, { account: B })));
  }
  let pages = 0;
  const roles: unknown[] = [];
  for await (const { output } of reader.pages(request("iam", "ListRoles", { MaxItems: 2 }, { account: B }))) {
    pages += 1;
    const listed = output["Roles"];
    if (Array.isArray(listed)) roles.push(...listed);
  }
  expect({ pages, roles: roles.length }).toEqual({ pages: 3, roles: 5 });
  expect(await reader.regions(B)).toEqual(expect.arrayContaining(["eu-west-1", "us-east-1"]));
  expect(await reader.regions(B)).not.toContain("me-south-1");
  const lacks = await remoteError(reader.call(request("ec2", "GetSnapshotBlockPublicAccessState", {}, { account: B })));
  expect(lacks).toMatchObject({ kind: "unsupported", status: 500, attempts: 1, detail: "" });
  expect(await remoteError(reader.call(request("account", "GetContactInformation", {}, { account: B })))).toMatchObject(
    {
      kind: "unsupported",
    },
  );
});

test("MiniStack: role, trust, ExternalId and permissions are what decides", async () => {
  const base = await rootCredentials(ministack, CALLER);
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${CALLER}:root` },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": "ext-read" } },
      },
    ],
  };
  const may = (...actions: string[]) => ({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
  });
  await createRole(ministack, A, {
    name: "evenkeel-read",
    trust,
    policy: may("s3:ListAllMyBuckets", "ec2:DescribeVpcs"),
  });
  const owner = new S3Client(clientConfig(ministack.url, await rootCredentials(ministack, A)));
  await owner.send(new CreateBucketCommand({ Bucket: "ledger" }));
  owner.destroy();
  const baseCredentials = async () => base;

  const reader = createReader(connected(ministack, { baseCredentials }));
  const at = { account: A, region: "us-east-1" };
  expect((await reader.call(request("s3", "ListBuckets", {}, at))).output).toMatchObject({
    Buckets: [{ Name: "ledger" }],
  });
  for (const [service, operation, action, input] of [
    ["kms", "ListKeys", "kms:ListKeys", {}],
    ["ec2", "DescribeSubnets", "ec2:DescribeSubnets", {}],
    ["s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", { Bucket: "ledger" }],
    ["dynamodb", "ListTables", "dynamodb:ListTables", {}],
  ] as const) {
    const error = await remoteError(reader.call(request(service, operation, input, at)));
    expect(error, `${service}:${operation}`).toMatchObject({
      kind: "denied",
      attempts: 1,
      remedy: `allow ${action} in role evenkeel-read of account ${A}`,
    });
  }

  const wrong = { read: { name: "evenkeel-read", external_id: "another" }, remediate: { name: "evenkeel-remediate" } };
  const stranger = connected(ministack, { baseCredentials, roles: wrong });
  const refused = await remoteError(createReader(stranger).enter(A));
  expect(refused).toMatchObject({ kind: "denied", operation: "AssumeRole" });
  expect(refused.remedy).toContain("roles.read.external_id");
  expect(await remoteError(createWriter(stranger).enter(A))).toMatchObject({ kind: "denied", operation: "AssumeRole" });
});

test("moto with access control answers JSON services in XML; that is still a denial", async () => {
  const account = "333333333333";
  await createRole(moto, account, { name: "evenkeel-read", trust: { Version: "2012-10-17", Statement: [] } });
  const reader = createReader(connected(moto));
  await reader.enter(account);
  try {
    await fetch(`${moto.url}/moto-api/reset-auth`, { method: "POST", body: "0" });
    for (const [service, operation, code] of [
      ["kms", "ListKeys", "Http403"],
      ["dynamodb", "ListTables", "Http403"],
      ["ec2", "DescribeVpcs", "AccessDenied"],
    ] as const) {
      const error = await remoteError(reader.call(request(service, operation, {}, { account })));
      expect(error).toMatchObject({ kind: "denied", code, status: 403, attempts: 1 });
      expect(error.message).toMatch(/^[ -~]+$/);
    }
  } finally {
    await fetch(`${moto.url}/moto-api/reset-auth`, { method: "POST", body: "1000000000" });
  }
});
