import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  CreateBucketCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetPublicAccessBlockCommand as GetAccountBlock, S3ControlClient } from "@aws-sdk/client-s3-control";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assumeRole, clientConfig, createRole, rootCredentials, s3ControlConfig } from "./accounts.ts";
import { startMinistack } from "./ministack.ts";
import { startMoto } from "./moto.ts";
import type { Emulator } from "./ports.ts";

const [A, B] = ["111111111111", "222222222222"] as const;
let moto: Emulator;
let ministack: Emulator;

beforeAll(async () => {
  [moto, ministack] = await Promise.all([startMoto({ seed: 7 }), startMinistack({ auth: true })]);
});
afterAll(() => Promise.all([moto.stop(), ministack.stop()]));

async function identity(emulator: Emulator, accountId: string): Promise<string | undefined> {
  const sts = new STSClient(clientConfig(emulator.url, await rootCredentials(emulator, accountId)));
  return (await sts.send(new GetCallerIdentityCommand({}))).Account;
}

test("root credentials land in the account asked for", async () => {
  for (const emulator of [moto, ministack])
    for (const account of [A, B]) expect(await identity(emulator, account)).toBe(account);
});

test("moto keeps accounts apart and forgets everything on reset", async () => {
  const a = new S3Client(clientConfig(moto.url, await rootCredentials(moto, A)));
  const b = new S3Client(clientConfig(moto.url, await rootCredentials(moto, B)));
  const Block = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: false,
  };
  await a.send(new CreateBucketCommand({ Bucket: "ledger" }));
  await a.send(new PutPublicAccessBlockCommand({ Bucket: "ledger", PublicAccessBlockConfiguration: Block }));
  expect((await a.send(new GetPublicAccessBlockCommand({ Bucket: "ledger" }))).PublicAccessBlockConfiguration).toEqual(
    Block,
  );
  expect((await b.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
  await expect(b.send(new GetPublicAccessBlockCommand({ Bucket: "ledger" }))).rejects.toMatchObject({
    name: "AccessDenied",
  });

  await moto.reset();
  const again = new S3Client(clientConfig(moto.url, await rootCredentials(moto, A)));
  expect((await again.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
});

test("the same seed gives the same ids after every reset, once the service is loaded", async () => {
  const launch = async () => {
    await moto.reset();
    const ec2 = new EC2Client(clientConfig(moto.url, await rootCredentials(moto, A)));
    const started = await ec2.send(new RunInstancesCommand({ ImageId: "ami-12345678", MinCount: 1, MaxCount: 1 }));
    return started.Instances?.[0]?.InstanceId;
  };
  await launch();
  const first = await launch();
  expect(first).toMatch(/^i-[0-9a-f]{17}$/);
  expect(await launch()).toBe(first);
});

test("S3 Control reaches an emulator by IP address", async () => {
  const control = new S3ControlClient(s3ControlConfig(moto.url, await rootCredentials(moto, A)));
  await expect(control.send(new GetAccountBlock({ AccountId: A }))).rejects.toMatchObject({
    name: "NoSuchPublicAccessBlockConfiguration",
  });
});

test("MiniStack enforces trust, external id and the role's policy across accounts", async () => {
  await ministack.reset();
  const from = await rootCredentials(ministack, B);
  const roleArn = await createRole(ministack, A, {
    name: "evenkeel-read",
    trust: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${B}:root` },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "sts:ExternalId": "secret" } },
        },
      ],
    },
    policy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }] },
  });
  await expect(assumeRole(ministack, from, { roleArn })).rejects.toMatchObject({ name: "AccessDenied" });
  await expect(assumeRole(ministack, from, { roleArn, externalId: "wrong" })).rejects.toMatchObject({
    name: "AccessDenied",
  });

  const session = await assumeRole(ministack, from, { roleArn, externalId: "secret" });
  const s3 = new S3Client(clientConfig(ministack.url, session));
  expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
  await expect(s3.send(new CreateBucketCommand({ Bucket: "mine" }))).rejects.toMatchObject({ name: "AccessDenied" });
  const ec2 = new EC2Client(clientConfig(ministack.url, session));
  await expect(ec2.send(new DescribeInstancesCommand({}))).rejects.toMatchObject({ name: "UnauthorizedOperation" });
});
