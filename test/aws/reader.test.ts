import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Connection } from "../../src/aws/connect.ts";
import type { AwsOptions } from "../../src/aws/options.ts";
import { createReader } from "../../src/aws/reader.ts";
import type { AwsReader } from "../../src/types/aws.ts";
import { type AwsWire, startAwsWire, WireError } from "../support/aws-wire/server.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { connectTo, remoteError, request } from "./connection.ts";

let wire: AwsWire;
let proxy: FaultProxy;
const open: Connection[] = [];
beforeAll(async () => {
  wire = await startAwsWire();
  proxy = await startFaultProxy(wire.url);
});
afterEach(() => {
  proxy.rules.clear();
  proxy.calls.length = 0;
  for (const connection of open.splice(0)) connection.close();
  wire.forget();
});
afterAll(async () => {
  await proxy.stop();
  await wire.stop();
});

function setUp(over: Partial<AwsOptions> = {}): {
  reader: AwsReader;
  slept: number[];
  logged: string[];
  connection: Connection;
} {
  const made = connectTo(proxy.url, over);
  open.push(made.connection);
  return { reader: createReader(made.connection), ...made };
}
const sent = (operation: string) => proxy.calls.filter((call) => call.operation === operation);
const vpcs = { service: "ec2", operation: "DescribeVpcs" };

test("two accounts, five services, a hundred calls at once: one AssumeRole each, and each answer from its own account", async () => {
  wire.on("ec2", "DescribeVpcs", (_, { account }) => ({ Vpcs: [{ VpcId: `vpc-${account}` }] }));
  wire.on("kms", "ListKeys", (_, { account }) => ({ Keys: [{ KeyId: account }] }));
  wire.on("iam", "ListUsers", () => ({ Users: [], IsTruncated: false }));
  wire.on("dynamodb", "ListTables", (_, { account }) => ({ TableNames: [account] }));
  wire.on("guardduty", "ListDetectors", (_, { account }) => ({ DetectorIds: [account] }));
  const { reader, connection } = setUp();
  const names = ["ec2:DescribeVpcs", "kms:ListKeys", "iam:ListUsers", "dynamodb:ListTables", "guardduty:ListDetectors"];
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, i) => {
      const [service = "", operation = ""] = (names[i % 5] ?? "").split(":");
      const account = i % 2 === 0 ? "222222222222" : "333333333333";
      return reader.call(request(service, operation, {}, { account }));
    }),
  );
  expect(wire.sts.attempts.filter((attempt) => attempt.roleArn.includes("evenkeel-read")).length).toBe(2);
  expect(results.filter(({ output }) => JSON.stringify(output).includes("333333333333")).length).toBe(40);
  expect(results[0]).toEqual({
    output: { Vpcs: [{ VpcId: "vpc-222222222222" }] },
    requestId: expect.stringContaining("wire-"),
    attempts: 1,
  });
  expect(reader.counts.get("ec2:DescribeVpcs")).toBe(20);
  expect(reader.counts.get("sts:AssumeRole")).toBe(2);
  expect(connection.requests.get("sts:GetCallerIdentity")).toBe(2);
  // The global service is signed for its home, whatever region was asked for.
  expect(new Set(sent("ListUsers").map((call) => call.region))).toEqual(new Set(["us-east-1"]));
  expect(new Set(sent("DescribeVpcs").map((call) => call.region))).toEqual(new Set(["eu-west-1"]));
  wire.assertClean();
});

test("what writes, hands out secrets or does not exist is refused before anything is sent", async () => {
  const { reader } = setUp();
  const write = await remoteError(reader.call(request("s3", "PutPublicAccessBlock", { Bucket: "b" })));
  expect(write).toMatchObject({ kind: "invalid", code: "NotARead", attempts: 0 });
  expect(await remoteError(reader.call(request("s3", "GetObject", { Bucket: "b", Key: "k" })))).toMatchObject({
    code: "HandsOutSecrets",
  });
  expect(await remoteError(reader.call(request("s3", "GetBucketColour")))).toMatchObject({ code: "UnknownOperation" });
  expect(await remoteError(reader.call(request("ec2", "DescribeVpcs", { Vpc: "x" })))).toMatchObject({
    code: "InvalidInput",
  });
  const paged = async () => {
    for await (const _ of reader.pages(request("ec2", "DeleteVpc", { VpcId: "v" }))) break;
  };
  expect(await remoteError(paged())).toMatchObject({ code: "NotARead" });
  expect(proxy.calls).toEqual([]);
});

test("throttled twice: waits long, tries again, and remembers the throttles", async () => {
  wire.on("ec2", "DescribeVpcs", () => ({ Vpcs: [] }));
  proxy.rules.fail(vpcs, { status: 503, code: "RequestLimitExceeded", times: 2 });
  const { reader, slept, connection } = setUp();
  const { attempts } = await reader.call(request("ec2", "DescribeVpcs"));
  expect(attempts).toBe(3);
  expect(slept.filter((ms) => ms === 500 || ms === 1_000)).toEqual([500, 1_000]);
  expect([...connection.throttles.values()]).toEqual([2]);
  expect(reader.counts.get("ec2:DescribeVpcs")).toBe(1);
  expect(connection.requests.get("ec2:DescribeVpcs")).toBe(3);
});

test("resets and server errors are tried again; for ever is too long", async () => {
  wire.on("ec2", "DescribeVpcs", () => ({ Vpcs: [] }));
  proxy.rules.reset(vpcs, { times: 1 });
  proxy.rules.fail(vpcs, { status: 500, code: "InternalError", times: 1 });
  const { reader } = setUp();
  expect((await reader.call(request("ec2", "DescribeVpcs"))).attempts).toBe(3);
  proxy.rules.fail(vpcs, { status: 503, code: "Unavailable" });
  const error = await remoteError(reader.call(request("ec2", "DescribeVpcs")));
  expect(error).toMatchObject({ kind: "server", status: 503, attempts: 4, maybeDone: false });
  expect(error.message).toBe(
    "ec2:DescribeVpcs in 222222222222/eu-west-1 failed inside AWS (Unavailable, HTTP 503, 4 attempts, request id 00000000-0000-4000-8000-000000000000): Unavailable",
  );
});

test("a server that never answers ends in a timeout, one that is not there in a network error", async () => {
  proxy.rules.hang(vpcs);
  const { reader } = setUp({ timeouts: { request: 150 }, limits: { attempts: 2 } });
  expect(await remoteError(reader.call(request("ec2", "DescribeVpcs")))).toMatchObject({
    kind: "timeout",
    attempts: 2,
    status: 0,
  });
  const gone = connectTo("http://127.0.0.1:9", { limits: { attempts: 2 } });
  open.push(gone.connection);
  const error = await remoteError(createReader(gone.connection).call(request("ec2", "DescribeVpcs")));
  expect(error).toMatchObject({ kind: "network", code: "ECONNREFUSED", service: "sts", attempts: 2 });
  expect(error.remedy).toContain("sts endpoint");
});

test("denied: not repeated, and the remedy names action and role, or the policy that denies", async () => {
  const { reader } = setUp();
  proxy.rules.fail(vpcs, {
    status: 403,
    code: "UnauthorizedOperation",
    message: "You are not authorized\n::error::x",
    times: 1,
  });
  const error = await remoteError(reader.call(request("ec2", "DescribeVpcs")));
  expect(error).toMatchObject({
    kind: "denied",
    attempts: 1,
    remedy: "allow ec2:DescribeVpcs in role evenkeel-read of account 222222222222",
  });
  expect(error.message).not.toContain("\n");
  expect(error.message).toContain("not authorized\\u{a}::error::x");
  proxy.rules.fail(
    { operation: "GetPublicAccessBlock" },
    {
      status: 403,
      code: "AccessDenied",
      message: "User: x is not authorized with an explicit deny in a service control policy",
    },
  );
  const scp = await remoteError(
    reader.call(request("s3", "GetPublicAccessBlock", { Bucket: "b" }, { iam: ["s3:SaidByTheCaller"] })),
  );
  expect(scp.remedy).toBe(
    "an explicit deny in a service control policy forbids s3:SaidByTheCaller to role evenkeel-read: allow it there",
  );
});

test("a session that ends in the middle is renewed once for all calls", async () => {
  wire.on("ec2", "DescribeVpcs", (_, { accessKeyId }) => {
    if (accessKeyId === ended) throw new WireError("RequestExpired", "Request has expired.", 400);
    return { Vpcs: [] };
  });
  let ended = "";
  const { reader, logged } = setUp();
  await reader.call(request("ec2", "DescribeVpcs"));
  ended = sent("DescribeVpcs")[0]?.accessKeyId ?? "";
  const before = sent("AssumeRole").length;
  const results = await Promise.all(Array.from({ length: 20 }, () => reader.call(request("ec2", "DescribeVpcs"))));
  expect(results.every(({ attempts }) => attempts === 2)).toBe(true);
  expect(sent("AssumeRole").length - before).toBe(1);
  proxy.rules.fail(vpcs, { status: 400, code: "ExpiredToken" });
  expect(await remoteError(reader.call(request("ec2", "DescribeVpcs")))).toMatchObject({
    kind: "expired",
    attempts: 2,
  });
  // Neither key, secret nor token in what is logged.
  expect(logged.join("\n")).toContain("RequestExpired");
  expect(logged.join("\n")).not.toMatch(/ASIA|stand-in|base-secret/);
});

test("all pages, by the token's path and with the largest page; a token that comes twice is an error", async () => {
  const inputs: unknown[] = [];
  wire.on("ec2", "DescribeSecurityGroups", (input) => {
    inputs.push(input);
    return "NextToken" in input
      ? { SecurityGroups: [{ GroupId: "sg-2" }] }
      : { SecurityGroups: [{ GroupId: "sg-1" }], NextToken: "n1" };
  });
  wire.on("cloudfront", "ListDistributions", (input) => {
    const more = !("Marker" in input);
    return {
      DistributionList: {
        Marker: "",
        MaxItems: 1,
        IsTruncated: more,
        Quantity: 0,
        NextMarker: more ? "m" : "",
      },
    };
  });
  const { reader } = setUp();
  const groups: unknown[] = [];
  for await (const { output } of reader.pages(request("ec2", "DescribeSecurityGroups")))
    groups.push(output["SecurityGroups"]);
  expect(groups).toEqual([[{ GroupId: "sg-1" }], [{ GroupId: "sg-2" }]]);
  expect(inputs).toEqual([{ MaxResults: 1000 }, { MaxResults: 1000, NextToken: "n1" }]);
  let pages = 0;
  for await (const _ of reader.pages(request("cloudfront", "ListDistributions"))) pages += 1;
  expect(pages).toBe(2);
  expect(reader.counts.get("cloudfront:ListDistributions")).toBe(2);

  inputs.length = 0;
  for await (const _ of reader.pages(request("ec2", "DescribeSecurityGroups", { GroupIds: ["sg-1"] }))) break;
  expect(inputs).toEqual([{ GroupIds: ["sg-1"] }]);

  wire.on("ec2", "DescribeSecurityGroups", () => ({ SecurityGroups: [], NextToken: "same" }));
  const endless = async () => {
    for await (const _ of reader.pages(request("ec2", "DescribeSecurityGroups"))) pages += 1;
  };
  expect(await remoteError(endless())).toMatchObject({ code: "RepeatedPageToken", kind: "server" });
  expect(pages).toBe(4);
});

test("S3 calls carry the owner they expect, S3 Control calls the account", async () => {
  wire.on("s3", "GetPublicAccessBlock", () => ({ PublicAccessBlockConfiguration: { BlockPublicAcls: true } }));
  wire.on("s3control", "GetPublicAccessBlock", () => ({ PublicAccessBlockConfiguration: { BlockPublicAcls: true } }));
  const { reader } = setUp();
  const block = { PublicAccessBlockConfiguration: { BlockPublicAcls: true } };
  expect((await reader.call(request("s3", "GetPublicAccessBlock", { Bucket: "my.bucket" }))).output).toEqual(block);
  expect((await reader.call(request("s3control", "GetPublicAccessBlock"))).output).toEqual(block);
  await reader.call(request("s3", "GetPublicAccessBlock", { Bucket: "b", ExpectedBucketOwner: "444444444444" }));
  const owners = sent("GetPublicAccessBlock").map(
    ({ headers }) => headers["x-amz-expected-bucket-owner"] ?? headers["x-amz-account-id"],
  );
  expect(owners).toEqual(["222222222222", "222222222222", "444444444444"]);
  expect(sent("GetPublicAccessBlock")[0]?.headers["user-agent"]).toContain("evenkeel/0.0.0-test");
  wire.assertClean();
});

test("an emulator by name is called by path too: no bucket becomes a host name", async () => {
  wire.on("s3", "GetBucketVersioning", () => ({ Status: "Enabled" }));
  const { reader } = setUp({ env: { AWS_ENDPOINT_URL: proxy.url.replace("127.0.0.1", "localhost") } });
  await reader.call(request("s3", "GetBucketVersioning", { Bucket: "ledger" }));
  expect(sent("GetBucketVersioning").map((call) => call.path)).toEqual(["/ledger/"]);
});

test("a bucket in another region is read there", async () => {
  wire.on("s3", "GetBucketVersioning", (_, { region }) => {
    if (region === "us-west-2") return { Status: "Enabled" };
    throw new WireError("PermanentRedirect", "elsewhere", 301, { headers: { "x-amz-bucket-region": "us-west-2" } });
  });
  const { reader } = setUp();
  const { output } = await reader.call(request("s3", "GetBucketVersioning", { Bucket: "ledger" }));
  expect(output).toEqual({ Status: "Enabled" });
});

test("regions: the enabled ones, asked once; a failure is not kept", async () => {
  const { reader } = setUp();
  proxy.rules.fail({ operation: "DescribeRegions" }, { status: 403, code: "UnauthorizedOperation", times: 1 });
  expect(await remoteError(reader.regions("222222222222"))).toMatchObject({ kind: "denied" });
  const regions = await reader.regions("222222222222");
  expect(await reader.regions("222222222222")).toBe(regions);
  expect(regions).toContain("eu-west-1");
  expect([...regions].sort()).toEqual(regions);
  expect(sent("DescribeRegions").map((call) => call.region)).toEqual(["us-east-1", "us-east-1"]);
});
