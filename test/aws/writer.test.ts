import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Connection } from "../../src/aws/connect.ts";
import type { AwsOptions } from "../../src/aws/options.ts";
import { createWriter } from "../../src/aws/writer.ts";
import type { AwsWriter, CallRequest } from "../../src/types/aws.ts";
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

function setUp(over: Partial<AwsOptions> = {}): AwsWriter {
  const { connection } = connectTo(proxy.url, over);
  open.push(connection);
  return createWriter(connection);
}
const put: CallRequest & { item: string } = {
  ...request("s3", "PutPublicAccessBlock", {
    Bucket: "logs",
    PublicAccessBlockConfiguration: { BlockPublicAcls: true },
  }),
  item: "item-1",
};
const writes = { service: "s3", operation: "PutPublicAccessBlock" };
const sent = () => proxy.calls.filter((call) => call.operation === "PutPublicAccessBlock");

test("a write goes out once, through the remediate role, with the owner it expects", async () => {
  const bodies: unknown[] = [];
  wire.on("s3", "PutPublicAccessBlock", (input, { roleArn }) => {
    bodies.push({ input, roleArn });
    return {};
  });
  const { attempts, output } = await setUp().send(put);
  expect({ attempts, output }).toEqual({ attempts: 1, output: {} });
  expect(bodies).toMatchObject([
    {
      input: {
        Bucket: "logs",
        ExpectedBucketOwner: "222222222222",
        PublicAccessBlockConfiguration: { BlockPublicAcls: true },
      },
      roleArn: "arn:aws:iam::222222222222:role/evenkeel-remediate",
    },
  ]);
});

test("what reads, and what belongs to no item, is refused before anything is sent", async () => {
  const writer = setUp();
  expect(await remoteError(writer.send({ ...request("ec2", "DescribeVpcs"), item: "i" }))).toMatchObject({
    code: "NotAWrite",
  });
  expect(await remoteError(writer.send({ ...put, item: "" }))).toMatchObject({ code: "NoItem", maybeDone: false });
  expect(proxy.calls).toEqual([]);
});

test("throttled or expired: certainly not done, so made again", async () => {
  wire.on("s3", "PutPublicAccessBlock", () => ({}));
  proxy.rules.fail(writes, { status: 503, code: "SlowDown", times: 2 });
  expect((await setUp().send(put)).attempts).toBe(3);
  proxy.rules.fail(writes, { status: 400, code: "ExpiredToken", times: 1 });
  expect((await setUp().send(put)).attempts).toBe(2);
});

test("a connection that is refused: certainly not done; nothing is said to be in doubt", async () => {
  // Also with a connection open from before, which a server that went away would otherwise leave in doubt.
  const own = await startFaultProxy(wire.url);
  const writer = setUp({ limits: { attempts: 3 }, env: { AWS_ENDPOINT_URL: own.url } });
  await writer.enter("222222222222");
  await own.stop();
  const error = await remoteError(writer.send(put));
  expect(error).toMatchObject({ kind: "network", code: "ECONNREFUSED", attempts: 3, maybeDone: false });
});

test.each([
  ["reset before", () => proxy.rules.reset(writes), "network", 0],
  ["reset after it was done", () => proxy.rules.resetAfter(writes), "network", 1],
  ["no answer", () => proxy.rules.hang(writes), "timeout", 0],
  ["server error", () => proxy.rules.fail(writes, { status: 500, code: "InternalError" }), "server", 0],
  ["unavailable", () => proxy.rules.fail(writes, { status: 503, code: "ServiceUnavailable" }), "server", 0],
])("%s: thrown at once, as perhaps done", async (_, arm, kind, done) => {
  let count = 0;
  wire.on("s3", "PutPublicAccessBlock", () => {
    count += 1;
    return {};
  });
  arm();
  const error = await remoteError(setUp({ timeouts: { request: 200 } }).send(put));
  expect(error).toMatchObject({ kind, attempts: 1, maybeDone: true });
  expect(error.message).toContain("whether it was done is not known");
  expect(sent().length).toBe(1);
  expect(count).toBe(done);
});

test.each([
  ["AccessDenied", 403, "denied"],
  ["MalformedPolicy", 400, "invalid"],
  ["NoSuchBucket", 404, "not_found"],
  ["OperationAborted", 409, "conflict"],
  ["PermanentRedirect", 301, "invalid"],
])("%s: a refusal is thrown at once, as not done", async (code, status, kind) => {
  wire.on("s3", "PutPublicAccessBlock", () => {
    throw new WireError(code, "no", status, { headers: { "x-amz-bucket-region": "us-west-2" } });
  });
  const error = await remoteError(setUp().send(put));
  expect(error).toMatchObject({ kind, code, status, attempts: 1, maybeDone: false });
  expect(sent().map((call) => call.region)).toEqual(["eu-west-1"]);
  if (kind === "denied") expect(error.remedy).toContain("s3:PutBucketPublicAccessBlock in role evenkeel-remediate");
});
