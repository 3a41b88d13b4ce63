import { AccessAnalyzerClient, ListAnalyzersCommand } from "@aws-sdk/client-accessanalyzer";
import {
  DescribeLoadBalancersCommand as DescribeClassic,
  ElasticLoadBalancingClient,
} from "@aws-sdk/client-elastic-load-balancing";
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetDetectorCommand, GuardDutyClient, UpdateDetectorCommand } from "@aws-sdk/client-guardduty";
import { InvokeCommand, LambdaClient, RemovePermissionCommand } from "@aws-sdk/client-lambda";
import { ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import {
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutBucketLoggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { GetPublicAccessBlockCommand as GetAccountBlock, S3ControlClient } from "@aws-sdk/client-s3-control";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AwsWire, startAwsWire, WireError } from "./server.ts";

let wire: AwsWire;
beforeAll(async () => {
  wire = await startAwsWire();
});
beforeEach(() => wire.forget());
afterAll(() => wire.stop());

const credentials = { accessKeyId: "AKIAEXAMPLEEXAMPLE00", secretAccessKey: "secret" };
const config = (region = "us-east-1") => ({ region, credentials, endpoint: wire.url, maxAttempts: 1 });
const failure = (sent: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  sent.then(
    () => expect.fail("the call succeeded"),
    (error) => error,
  );

test("restXml: S3 buckets, ExpectedBucketOwner, payloads, headers and error codes", async () => {
  const s3 = new S3Client(config("eu-west-1"));
  const CreationDate = new Date("2020-01-02T03:04:05Z");
  const Buckets = Array.from({ length: 1000 }, (_, i) => ({ Name: `b${i}`, BucketRegion: "eu-west-1", CreationDate }));
  wire.on("s3", "ListBuckets", () => ({ Buckets, Owner: { ID: "me" } }));
  const listed = await s3.send(new ListBucketsCommand({ MaxBuckets: 1000, BucketRegion: "eu-west-1" }));
  expect(listed.Buckets).toEqual(Buckets);
  expect(wire.calls[0]?.input).toEqual({ MaxBuckets: 1000, BucketRegion: "eu-west-1" });

  const block = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: true,
  };
  wire.on("s3", "PutPublicAccessBlock", ({ ExpectedBucketOwner }, { account }) => {
    if (ExpectedBucketOwner !== account) throw new WireError("AccessDenied", "not yours", 403);
    return undefined;
  });
  const put = (owner: string) =>
    s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: "b1",
        ExpectedBucketOwner: owner,
        PublicAccessBlockConfiguration: block,
      }),
    );
  await put("111111111111");
  expect(wire.calls.at(-1)?.input).toMatchObject({ Bucket: "b1", PublicAccessBlockConfiguration: block });
  expect((await failure(put("999999999999"))).name).toBe("AccessDenied");

  wire.on("s3", "GetPublicAccessBlock", ({ Bucket }) => {
    if (Bucket === "none") throw new WireError("NoSuchPublicAccessBlockConfiguration", "none", 404);
    return { PublicAccessBlockConfiguration: block };
  });
  const got = await s3.send(new GetPublicAccessBlockCommand({ Bucket: "b1" }));
  expect(got.PublicAccessBlockConfiguration).toEqual(block);
  expect((await failure(s3.send(new GetPublicAccessBlockCommand({ Bucket: "none" })))).name).toBe(
    "NoSuchPublicAccessBlockConfiguration",
  );

  wire.on("s3", "GetBucketPolicy", () => ({ Policy: '{"Version":"2012-10-17"}' }));
  expect((await s3.send(new GetBucketPolicyCommand({ Bucket: "b1" }))).Policy).toBe('{"Version":"2012-10-17"}');
  wire.on("s3", "GetBucketVersioning", () => ({}));
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket: "b1" }))).Status).toBeUndefined();
  wire.on("s3", "GetBucketLocation", () => ({ LocationConstraint: "eu-west-1" }));
  expect((await s3.send(new GetBucketLocationCommand({ Bucket: "b1" }))).LocationConstraint).toBe("eu-west-1");
  wire.on("s3", "HeadBucket", () => ({ BucketRegion: "eu-west-1", AccessPointAlias: false }));
  expect((await s3.send(new HeadBucketCommand({ Bucket: "b1" }))).BucketRegion).toBe("eu-west-1");
  wire.on("s3", "PutBucketLogging", () => undefined);
  const grants = [{ Grantee: { Type: "Group" as const, URI: "http://acs" }, Permission: "READ" as const }];
  const BucketLoggingStatus = { LoggingEnabled: { TargetBucket: "logs", TargetPrefix: "a/", TargetGrants: grants } };
  await s3.send(new PutBucketLoggingCommand({ Bucket: "b1", BucketLoggingStatus }));
  expect(wire.calls.at(-1)?.input["BucketLoggingStatus"]).toMatchObject({ LoggingEnabled: { TargetBucket: "logs" } });
  wire.assertClean();
});

test("restXml: objects with slashes in their key, metadata headers, operations told apart", async () => {
  const s3 = new S3Client(config());
  wire.on("s3", "PutObject", () => ({ ETag: '"e"' }));
  wire.on("s3", "UploadPart", () => ({ ETag: '"p"' }));
  const LastModified = new Date("2022-03-04T05:06:07Z");
  wire.on("s3", "HeadObject", () => ({ LastModified, Metadata: { colour: "red" }, ContentLength: 3 }));
  await s3.send(new PutObjectCommand({ Bucket: "b", Key: "a/b c.txt", Body: "hi", Metadata: { x: "1" } }));
  expect(wire.calls[0]?.input).toMatchObject({ Bucket: "b", Key: "a/b c.txt", Metadata: { x: "1" } });
  const part = await s3.send(new UploadPartCommand({ Bucket: "b", Key: "k", PartNumber: 2, UploadId: "u", Body: "x" }));
  expect(part.ETag).toBe('"p"');
  const head = await s3.send(new HeadObjectCommand({ Bucket: "b", Key: "k" }));
  expect(head).toMatchObject({ LastModified, Metadata: { colour: "red" }, ContentLength: 3 });
  // A client without the SDK's `x-id` hint, as boto3 is.
  const authorization =
    "AWS4-HMAC-SHA256 Credential=AKIAX/20240101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
  wire.on("s3", "ListBuckets", () => ({ Buckets: [] }));
  const send = (method: string, path: string) => fetch(`${wire.url}${path}`, { method, headers: { authorization } });
  expect((await send("GET", "/")).status).toBe(200);
  expect((await send("PUT", "/b/k")).status).toBe(200);
  expect((await send("PUT", "/b/k?partNumber=1&uploadId=u")).status).toBe(200);
  expect(wire.calls.slice(-3).map((call) => call.operation)).toEqual(["ListBuckets", "PutObject", "UploadPart"]);
  wire.assertClean();
});

test("restXml beside S3: S3 Control shares its signing name; Route 53 nests lists", async () => {
  wire.on("s3control", "GetPublicAccessBlock", ({ AccountId }) => ({
    PublicAccessBlockConfiguration: { BlockPublicAcls: AccountId === "111111111111" },
  }));
  const { endpoint: _, ...plain } = config();
  const control = new S3ControlClient({ ...plain, endpointProvider: () => ({ url: new URL(wire.url) }) });
  const got = await control.send(new GetAccountBlock({ AccountId: "111111111111" }));
  expect(got.PublicAccessBlockConfiguration).toEqual({ BlockPublicAcls: true });
  expect(wire.calls[0]).toMatchObject({ service: "s3control", input: { AccountId: "111111111111" } });

  const sets = [
    { Name: "a.", Type: "A" as const, TTL: 60, ResourceRecords: [{ Value: "1.1.1.1" }, { Value: "2.2.2.2" }] },
  ];
  wire.on("route53", "ListResourceRecordSets", () => ({ ResourceRecordSets: sets, IsTruncated: false, MaxItems: 300 }));
  const route53 = new Route53Client(config());
  const records = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: "Z1", StartRecordType: "A" }));
  expect(records.ResourceRecordSets).toEqual(sets);
  expect(wire.calls[1]?.input).toEqual({ HostedZoneId: "Z1", StartRecordType: "A" });
  wire.on("route53", "ListResourceRecordSets", () => {
    throw new WireError("NoSuchHostedZone", "none", 404);
  });
  const none = await failure(route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: "Z9" })));
  expect(none).toMatchObject({ name: "NoSuchHostedZone", message: "none" });
  wire.assertClean();
});

test("restJson1: labels, renamed members, query lists, payloads, modelled errors", async () => {
  const guardduty = new GuardDutyClient(config());
  wire.on("guardduty", "GetDetector", ({ DetectorId }) => {
    if (DetectorId === "no") throw new WireError("BadRequestException", "no detector", 400);
    return { ServiceRole: "arn", Status: "ENABLED", Features: [{ Name: "S3_DATA_EVENTS", Status: "ENABLED" }] };
  });
  const detector = await guardduty.send(new GetDetectorCommand({ DetectorId: "d/1" }));
  expect(detector).toMatchObject({ Status: "ENABLED", Features: [{ Name: "S3_DATA_EVENTS", Status: "ENABLED" }] });
  expect(wire.calls[0]?.input).toEqual({ DetectorId: "d/1" });
  expect((await failure(guardduty.send(new GetDetectorCommand({ DetectorId: "no" })))).name).toBe(
    "BadRequestException",
  );
  wire.on("guardduty", "UpdateDetector", () => ({}));
  await guardduty.send(
    new UpdateDetectorCommand({ DetectorId: "d", Enable: true, FindingPublishingFrequency: "ONE_HOUR" }),
  );
  expect(wire.calls.at(-1)?.input).toEqual({ DetectorId: "d", Enable: true, FindingPublishingFrequency: "ONE_HOUR" });

  const createdAt = new Date("2023-01-01T00:00:00Z");
  const analyzer = { arn: "a", name: "n", type: "ACCOUNT" as const, createdAt, status: "ACTIVE" as const };
  wire.on("accessanalyzer", "ListAnalyzers", () => ({ analyzers: [analyzer] }));
  const listed = await new AccessAnalyzerClient(config()).send(
    new ListAnalyzersCommand({ type: "ACCOUNT", maxResults: 5 }),
  );
  expect(listed.analyzers).toEqual([analyzer]);
  expect(wire.calls.at(-1)?.input).toEqual({ type: "ACCOUNT", maxResults: 5 });

  const lambda = new LambdaClient(config());
  wire.on("lambda", "RemovePermission", () => {
    throw new WireError("PreconditionFailedException", "stale", 412);
  });
  const arn = "arn:aws:lambda:us-east-1:111111111111:function:f";
  const stale = await failure(
    lambda.send(new RemovePermissionCommand({ FunctionName: arn, StatementId: "s", RevisionId: "r" })),
  );
  expect(stale).toMatchObject({ name: "PreconditionFailedException", message: "stale" });
  expect(wire.calls.at(-1)?.input).toEqual({ FunctionName: arn, StatementId: "s", RevisionId: "r" });
  wire.on("lambda", "Invoke", ({ Payload }) => ({ StatusCode: 200, Payload }));
  const invoked = await lambda.send(new InvokeCommand({ FunctionName: "f", Payload: Buffer.from('{"a":1}') }));
  expect(invoked.Payload?.transformToString()).toBe('{"a":1}');
  wire.assertClean();
});

test("two services of one signing name are told apart by their API version", async () => {
  wire.on("elb", "DescribeLoadBalancers", () => ({ LoadBalancerDescriptions: [{ LoadBalancerName: "classic" }] }));
  wire.on("elbv2", "DescribeLoadBalancers", () => ({ LoadBalancers: [{ LoadBalancerName: "new" }] }));
  const classic = await new ElasticLoadBalancingClient(config()).send(new DescribeClassic({}));
  const modern = await new ElasticLoadBalancingV2Client(config()).send(new DescribeLoadBalancersCommand({}));
  expect(classic.LoadBalancerDescriptions?.[0]?.LoadBalancerName).toBe("classic");
  expect(modern.LoadBalancers?.[0]?.LoadBalancerName).toBe("new");
  expect(() => wire.on("elasticloadbalancing", "DescribeLoadBalancers", () => ({}))).toThrow(/elb, elbv2/);
  expect(() => wire.on("elb", "DescribeLoadBalancer", () => ({}))).toThrow(/no operation DescribeLoadBalancer/);
});
