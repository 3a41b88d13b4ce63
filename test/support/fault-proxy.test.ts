import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DeletePublicAccessBlockCommand, S3ControlClient } from "@aws-sdk/client-s3-control";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  assumeRole,
  awsEnv,
  type Credentials,
  clientConfig,
  createRole,
  rootCredentials,
  s3ControlConfig,
} from "./accounts.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { startMinistack } from "./ministack.ts";
import { startMoto } from "./moto.ts";
import type { Emulator } from "./ports.ts";

const ACCOUNT = "111111111111";
const BLOCK = { Bucket: "books", PublicAccessBlockConfiguration: { BlockPublicAcls: true } };
let moto: Emulator;
let proxy: FaultProxy;
let credentials: Credentials;
let s3: S3Client;

beforeAll(async () => {
  moto = await startMoto();
  proxy = await startFaultProxy(moto.url);
  credentials = await rootCredentials(moto, ACCOUNT);
  s3 = new S3Client(clientConfig(proxy.url, credentials, "eu-west-1"));
  const direct = new S3Client(clientConfig(moto.url, credentials));
  await direct.send(new CreateBucketCommand({ Bucket: "books" }));
});
afterAll(async () => {
  await proxy.stop();
  await moto.stop();
});
beforeEach(() => {
  proxy.rules.clear();
  proxy.calls.length = 0;
});

const tag = (value: string) =>
  new PutBucketTaggingCommand({ Bucket: "books", Tagging: { TagSet: [{ Key: "k", Value: value }] } });
const tagNow = async (): Promise<string | undefined> => {
  const direct = new S3Client(clientConfig(moto.url, credentials));
  return (await direct.send(new GetBucketTaggingCommand({ Bucket: "books" }))).TagSet?.[0]?.Value;
};

// The SDK's own pauses between tries make this the slow one (about 2 s).
test("throttled twice, then through: the SDK repeats, the log shows each try", async () => {
  const rule = proxy.rules.fail(
    { service: "s3", operation: "PutPublicAccessBlock" },
    { times: 2, status: 503, code: "SlowDown" },
  );
  await s3.send(new PutPublicAccessBlockCommand(BLOCK));
  expect(rule.hits).toBe(2);
  expect(proxy.calls.map(({ operation, status, forwarded }) => [operation, status, forwarded])).toEqual([
    ["PutPublicAccessBlock", 503, false],
    ["PutPublicAccessBlock", 503, false],
    ["PutPublicAccessBlock", 200, true],
  ]);
  expect(proxy.calls[0]).toMatchObject({
    method: "PUT",
    path: "/books/",
    region: "eu-west-1",
    accessKeyId: credentials.accessKeyId,
  });
  expect(proxy.calls[0]?.body).toContain("<BlockPublicAcls>true</BlockPublicAcls>");
});

test("an error has code and message in every protocol", async () => {
  const config = { ...clientConfig(proxy.url, credentials), maxAttempts: 1 };
  const control = new S3ControlClient({ ...s3ControlConfig(proxy.url, credentials), maxAttempts: 1 });
  const web = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/x`, RoleSessionName: "s", WebIdentityToken: "a.b.c" };
  const sends: ReadonlyArray<readonly [string, string, () => Promise<unknown>]> = [
    ["iam", "ListUsers", () => new IAMClient(config).send(new ListUsersCommand({}))],
    ["sts", "AssumeRoleWithWebIdentity", () => new STSClient(config).send(new AssumeRoleWithWebIdentityCommand(web))],
    ["ec2", "DescribeVpcs", () => new EC2Client(config).send(new DescribeVpcsCommand({}))],
    ["dynamodb", "ListTables", () => new DynamoDBClient(config).send(new ListTablesCommand({}))],
    ["lambda", "ListFunctions", () => new LambdaClient(config).send(new ListFunctionsCommand({}))],
    ["s3", "PutBucketTagging", () => s3.send(tag("never"))],
    [
      "s3control",
      "DeletePublicAccessBlock",
      () => control.send(new DeletePublicAccessBlockCommand({ AccountId: ACCOUNT })),
    ],
  ];
  proxy.rules.fail({}, { status: 400, code: "Odd", message: "<no> & no" });
  for (const [service, operation, send] of sends) {
    await expect(send(), service).rejects.toMatchObject({ name: "Odd", message: "<no> & no" });
    expect(proxy.calls.at(-1)).toMatchObject({ service, operation, status: 400, forwarded: false });
  }
});

test("resetAfter: done, though the client was told nothing; reset: not done", async () => {
  const once = new S3Client({ ...clientConfig(proxy.url, credentials), maxAttempts: 1 });
  await once.send(tag("before"));
  proxy.rules.resetAfter({ operation: /^Put/ }, { times: 1 });
  await expect(once.send(tag("done"))).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(await tagNow()).toBe("done");
  expect(proxy.calls.at(-1)).toMatchObject({ forwarded: true });
  expect(proxy.calls.at(-1)?.status).toBeUndefined();

  proxy.rules.reset({ operation: "PutBucketTagging" }, { times: 1 });
  await expect(once.send(tag("lost"))).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(await tagNow()).toBe("done");
});

test("skip and where choose the call; hooks change the world before and after the emulator acts", async () => {
  await s3.send(tag("start"));
  const direct = new S3Client(clientConfig(moto.url, credentials));
  const read = () => s3.send(new GetBucketTaggingCommand({ Bucket: "books" })).then(({ TagSet }) => TagSet?.[0]?.Value);
  const where = { service: "s3", where: ({ query }: { query: URLSearchParams }) => query.has("tagging") };
  proxy.rules.on({ ...where, skip: 1 }, () => direct.send(tag("meddled")).then(() => {}), { times: 1 });
  expect([await read(), await read()]).toEqual(["start", "meddled"]);
  proxy.rules.on(where, () => direct.send(tag("later")).then(() => {}), { times: 1, when: "after" });
  expect([await read(), await read()]).toEqual(["meddled", "later"]);
});

test("delay holds a call back, hang never answers", async () => {
  const send = (abortSignal?: AbortSignal) =>
    s3.send(new HeadBucketCommand({ Bucket: "books" }), abortSignal === undefined ? {} : { abortSignal });
  const rule = proxy.rules.delay({ operation: "HeadBucket" }, 120, { times: 1 });
  const start = performance.now();
  await send();
  expect(performance.now() - start).toBeGreaterThanOrEqual(115);
  expect(rule.hits).toBe(1);
  const hung = proxy.rules.hang({ operation: "HeadBucket" });
  await expect(send(AbortSignal.timeout(150))).rejects.toMatchObject({ name: "AbortError" });
  hung.remove();
  await send();
});

test("a child process reaches the emulator by AWS_ENDPOINT_URL alone", async () => {
  const client = JSON.stringify(createRequire(import.meta.url).resolve("@aws-sdk/client-sts"));
  const script = `const { STS } = require(${client}); new STS().getCallerIdentity().then((me) => console.log(me.Account))`;
  const env = { PATH: process.env["PATH"], ...awsEnv(proxy.url, credentials) };
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { env });
  expect(stdout.trim()).toBe(ACCOUNT);
  expect(proxy.calls.map(({ operation }) => operation)).toEqual(["GetCallerIdentity"]);
});

test("signatures survive the proxy: MiniStack with auth accepts them", async () => {
  const ministack = await startMinistack({ auth: true });
  const between = await startFaultProxy(ministack.url);
  const target = { kind: ministack.kind, url: between.url };
  try {
    const root = await rootCredentials(target, ACCOUNT);
    const trust = [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "sts:AssumeRole" }];
    const allow = [{ Effect: "Allow", Action: "s3:*", Resource: "*" }];
    const roleArn = await createRole(target, ACCOUNT, {
      name: "writer",
      trust: { Version: "2012-10-17", Statement: trust },
      policy: { Version: "2012-10-17", Statement: allow },
    });
    const session = await assumeRole(target, root, { roleArn });
    const create = (as: Credentials) =>
      new S3Client(clientConfig(target.url, as)).send(new CreateBucketCommand({ Bucket: "signed" }));
    // MiniStack does check: the same call with another secret is refused.
    await expect(create({ ...session, secretAccessKey: "wrong" })).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
    });
    await create(session);
  } finally {
    await between.stop();
    await ministack.stop();
  }
});
