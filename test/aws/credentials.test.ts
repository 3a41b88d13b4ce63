import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Connection } from "../../src/aws/connect.ts";
import type { AwsOptions } from "../../src/aws/options.ts";
import { createReader } from "../../src/aws/reader.ts";
import { createWriter } from "../../src/aws/writer.ts";
import { type AwsWire, startAwsWire } from "../support/aws-wire/server.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { connectTo, remoteError, request } from "./connection.ts";

let wire: AwsWire;
let proxy: FaultProxy;
let time = Date.now();
const open: Connection[] = [];
beforeAll(async () => {
  wire = await startAwsWire({ now: () => new Date(time) });
  proxy = await startFaultProxy(wire.url);
});
afterEach(() => {
  proxy.rules.clear();
  proxy.calls.length = 0;
  for (const connection of open.splice(0)) connection.close();
});
afterAll(async () => {
  await proxy.stop();
  await wire.stop();
});

const clock = { now: () => time, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
function setUp(over: Partial<AwsOptions> = {}): Connection {
  const { connection } = connectTo(proxy.url, { clock, ...over });
  open.push(connection);
  return connection;
}
const sent = (operation: string) => proxy.calls.filter((call) => call.operation === operation);

test("each role is assumed by itself, with its ExternalId and the names of the run, and its identity checked first", async () => {
  wire.on("ec2", "DescribeVpcs", () => ({ Vpcs: [] }));
  const connection = setUp({ session: { name: "run 7/1", sourceIdentity: "gh-99-pr5", tags: { PlanDigest: "abc" } } });
  await createReader(connection).call(request("ec2", "DescribeVpcs"));
  await createWriter(connection).enter("222222222222");
  const assumed = sent("AssumeRole").map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  expect(assumed[0]).toMatchObject({
    RoleArn: "arn:aws:iam::222222222222:role/evenkeel-read",
    ExternalId: "ext-read",
    RoleSessionName: "run-7-1",
    SourceIdentity: "gh-99-pr5",
    DurationSeconds: "3600",
    "Tags.member.1.Key": "PlanDigest",
    "Tags.member.1.Value": "abc",
  });
  expect(assumed[1]).toMatchObject({ RoleArn: "arn:aws:iam::222222222222:role/evenkeel-remediate" });
  expect(assumed[1]).not.toHaveProperty("ExternalId");
  expect(proxy.calls.map((call) => call.operation)).toEqual([
    "AssumeRole",
    "GetCallerIdentity",
    "DescribeVpcs",
    "AssumeRole",
    "GetCallerIdentity",
  ]);
  expect(sent("GetCallerIdentity")[0]?.accessKeyId).toBe(sent("DescribeVpcs")[0]?.accessKeyId);
});

test("GovCloud: the partition stands in the ARN, and STS is asked in it", async () => {
  const connection = setUp({ partition: "aws-us-gov" });
  await createReader(connection).enter("222222222222");
  expect(sent("AssumeRole")[0]?.body).toContain(
    encodeURIComponent("arn:aws-us-gov:iam::222222222222:role/evenkeel-read"),
  );
  expect(sent("AssumeRole")[0]?.region).toBe("us-gov-west-1");
});

test("an unset partition is taken from the caller's own ARN, asked once", async () => {
  const connection = setUp({ partition: undefined, env: { AWS_ENDPOINT_URL: proxy.url, AWS_REGION: "us-gov-east-1" } });
  const reader = createReader(connection);
  await Promise.all([reader.enter("222222222222"), reader.enter("333333333333")]);
  expect(sent("AssumeRole")[0]?.body).toContain("arn%3Aaws-us-gov%3Aiam");
  expect(sent("GetCallerIdentity").filter((call) => call.accessKeyId.startsWith("AKIABASE")).length).toBe(1);
});

test("a session in another account is an error before anything else is sent", async () => {
  wire.sts.pretendAccount("555555555555", "999999999999");
  const reader = createReader(setUp());
  const calls = [1, 2, 3].map(() =>
    remoteError(reader.call(request("ec2", "DescribeVpcs", {}, { account: "555555555555" }))),
  );
  for (const error of await Promise.all(calls)) {
    expect(error).toMatchObject({ kind: "credentials", code: "WrongAccount" });
    expect(error.message).toContain("the session is in account 999999999999, not in 555555555555");
  }
  expect(sent("DescribeVpcs")).toEqual([]);
  expect(sent("AssumeRole").length).toBe(1);
});

test("a role that cannot be assumed is asked for once; the remedy says what to check", async () => {
  wire.sts.refuse("arn:aws:iam::666666666666:role/evenkeel-read");
  const reader = createReader(setUp({ session: { name: "r1", sourceIdentity: "gh-1" } }));
  await Promise.all([1, 2, 3].map(() => remoteError(reader.enter("666666666666"))));
  const error = await remoteError(reader.call(request("ec2", "DescribeVpcs", {}, { account: "666666666666" })));
  expect(error).toMatchObject({ kind: "denied", service: "sts", operation: "AssumeRole", account: "666666666666" });
  expect(error.remedy).toBe(
    "check that role evenkeel-read exists in account 666666666666, that its trust policy names the calling role and allows " +
      "sts:SetSourceIdentity, that the ExternalId it asks for is that of roles.read.external_id, and that the calling role may use sts:AssumeRole on it",
  );
  expect(sent("AssumeRole").length).toBe(1);
  expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toMatch(
    /base-secret|ext-read|stand-in/,
  );
});

test("a passing failure of STS is repeated, and not remembered", async () => {
  const reader = createReader(setUp({ limits: { attempts: 2 } }));
  proxy.rules.fail({ operation: "AssumeRole" }, { status: 503, code: "ServiceUnavailable", times: 3 });
  expect(await remoteError(reader.enter("222222222222"))).toMatchObject({ kind: "server", attempts: 2 });
  await reader.enter("222222222222");
  expect(sent("AssumeRole").length).toBe(4);
});

test("a session is renewed five minutes before its end, once for all", async () => {
  wire.on("ec2", "DescribeVpcs", () => ({ Vpcs: [] }));
  const reader = createReader(setUp());
  await reader.call(request("ec2", "DescribeVpcs"));
  time += 54 * 60_000;
  await reader.call(request("ec2", "DescribeVpcs"));
  expect(sent("AssumeRole").length).toBe(1);
  time += 2 * 60_000;
  await Promise.all(Array.from({ length: 10 }, () => reader.call(request("ec2", "DescribeVpcs"))));
  expect(sent("AssumeRole").length).toBe(2);
  expect(new Set(sent("DescribeVpcs").map((call) => call.accessKeyId)).size).toBe(2);
});

test("the caller's own credentials are asked for again when they have expired", async () => {
  let asked = 0;
  const baseCredentials = async () => {
    asked += 1;
    return { accessKeyId: `AKIA${asked}`, secretAccessKey: "s" };
  };
  const reader = createReader(setUp({ baseCredentials }));
  proxy.rules.fail(
    { operation: "AssumeRole", where: (call) => call.accessKeyId === "AKIA1" },
    { status: 403, code: "ExpiredToken" },
  );
  await reader.enter("222222222222");
  expect(asked).toBe(2);
});

test("no credentials at all: said as such, with what to set", async () => {
  const baseCredentials = async () =>
    Promise.reject(Object.assign(new Error("none"), { name: "CredentialsProviderError" }));
  const error = await remoteError(createReader(setUp({ baseCredentials })).enter("222222222222"));
  expect(error).toMatchObject({ kind: "credentials", code: "CredentialsProviderError" });
  expect(error.remedy).toContain("configure-aws-credentials");
  expect(proxy.calls).toEqual([]);
});
