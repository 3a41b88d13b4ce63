import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateFlowLogsCommand,
  DescribeSecurityGroupsCommand,
  type DescribeSnapshotsRequest,
  EC2Client,
  paginateDescribeSnapshots,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import {
  IAMClient,
  ListAttachedUserPoliciesCommand,
  type ListUsersRequest,
  paginateListUsers,
} from "@aws-sdk/client-iam";
import {
  DescribeKeyCommand,
  KMSClient,
  type ListKeysRequest,
  paginateListKeys,
  TagResourceCommand,
} from "@aws-sdk/client-kms";
import { DescribeDBSnapshotAttributesCommand, RDSClient } from "@aws-sdk/client-rds";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
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

test("awsQuery: pages of IAM users with timestamps and nested lists", async () => {
  const CreateDate = new Date("2024-02-29T12:34:56Z");
  wire.on<ListUsersRequest>("iam", "ListUsers", ({ Marker, MaxItems = 100 }) => {
    const from = Number(Marker ?? 0);
    const Users = Array.from({ length: MaxItems }, (_, i) => ({
      UserName: `user-${from + i}`,
      UserId: "AIDA",
      Arn: "arn",
      Path: "/",
      CreateDate,
      Tags: [{ Key: "team", Value: "a&b <c>" }],
    }));
    const more = from + MaxItems < 1000;
    return { Users, IsTruncated: more, ...(more ? { Marker: String(from + MaxItems) } : {}) };
  });
  const users = [];
  for await (const page of paginateListUsers({ client: new IAMClient(config()), pageSize: 250 }, {})) {
    users.push(...(page.Users ?? []));
  }
  expect(users).toHaveLength(1000);
  expect(users[999]).toMatchObject({ UserName: "user-999", CreateDate, Tags: [{ Key: "team", Value: "a&b <c>" }] });
  expect(wire.calls.map(({ input }) => input["Marker"])).toEqual([undefined, "250", "500", "750"]);
});

test("awsQuery: error code is error.name, modelled or not; empty lists stay lists", async () => {
  wire.on("rds", "DescribeDBSnapshotAttributes", () => {
    throw new WireError("DBSnapshotNotFound", "no <such> snapshot", 404);
  });
  const rds = new RDSClient(config());
  const missing = await failure(rds.send(new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier: "x" })));
  expect(missing.name).toBe("DBSnapshotNotFoundFault");
  expect(missing.message).toBe("no <such> snapshot");

  wire.on("iam", "ListAttachedUserPolicies", ({ UserName }) => {
    if (UserName !== "there") throw new WireError("MadeUpCode", "boo", 403);
    return { AttachedPolicies: [] };
  });
  const iam = new IAMClient(config());
  const denied = await failure(iam.send(new ListAttachedUserPoliciesCommand({ UserName: "gone" })));
  expect(denied).toMatchObject({ name: "MadeUpCode", message: "boo", $metadata: { httpStatusCode: 403 } });
  const found = await iam.send(new ListAttachedUserPoliciesCommand({ UserName: "there" }));
  expect(found.AttachedPolicies).toEqual([]);
});

test("ec2Query: RestorableByUserIds filters, 1,000 snapshots in pages", async () => {
  wire.on<DescribeSnapshotsRequest>("ec2", "DescribeSnapshots", (input) => {
    const shared = input.RestorableByUserIds?.includes("all") ? 1000 : 0;
    const from = Number(input.NextToken ?? 0);
    const size = input.MaxResults ?? shared;
    return {
      Snapshots: Array.from({ length: Math.min(size, shared - from) }, (_, i) => ({
        SnapshotId: `snap-${from + i}`,
        StartTime: new Date(1_700_000_000_000 + i),
        Encrypted: false,
        VolumeSize: 8,
        Tags: [{ Key: "n", Value: String(from + i) }],
      })),
      ...(from + size < shared ? { NextToken: String(from + size) } : {}),
    };
  });
  const snapshots = [];
  const input = { RestorableByUserIds: ["all"], OwnerIds: ["self"], Filters: [{ Name: "status", Values: ["a", "b"] }] };
  for await (const page of paginateDescribeSnapshots(
    { client: new EC2Client(config()), pageSize: 400 },
    { ...input },
  )) {
    snapshots.push(...(page.Snapshots ?? []));
  }
  expect(snapshots).toHaveLength(1000);
  expect(snapshots[401]).toEqual({
    SnapshotId: "snap-401",
    StartTime: new Date(1_700_000_000_001),
    Encrypted: false,
    VolumeSize: 8,
    Tags: [{ Key: "n", Value: "401" }],
  });
  expect(wire.calls[0]?.input).toEqual({ ...input, MaxResults: 400 });
});

test("ec2Query: a failure inside a 200 answer, nested input, errors, unset and false kept apart", async () => {
  const ec2 = new EC2Client(config("eu-west-1"));
  wire.on("ec2", "CreateFlowLogs", () => ({
    FlowLogIds: [],
    Unsuccessful: [{ ResourceId: "vpc-1", Error: { Code: "400", Message: "Access Denied" } }],
  }));
  const flow = await ec2.send(
    new CreateFlowLogsCommand({ ResourceIds: ["vpc-1"], ResourceType: "VPC", MaxAggregationInterval: 60 }),
  );
  expect(flow.Unsuccessful).toEqual([{ ResourceId: "vpc-1", Error: { Code: "400", Message: "Access Denied" } }]);

  wire.on("ec2", "RevokeSecurityGroupIngress", () => ({ Return: true }));
  const permissions = [
    { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }, { CidrIp: "10.0.0.0/8" }] },
  ];
  const revoke = { GroupId: "sg-1", IpPermissions: permissions, DryRun: false };
  expect((await ec2.send(new RevokeSecurityGroupIngressCommand(revoke))).Return).toBe(true);
  expect(wire.calls.at(-1)).toMatchObject({ service: "ec2", region: "eu-west-1", account: "111111111111" });
  expect(wire.calls.at(-1)?.input).toEqual(revoke);

  wire.on("ec2", "DescribeSecurityGroups", () => {
    throw new WireError("InvalidGroup.NotFound", "gone");
  });
  const gone = await failure(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: ["sg-9"] })));
  expect(gone).toMatchObject({ name: "InvalidGroup.NotFound", message: "gone", $metadata: { httpStatusCode: 400 } });
  wire.assertClean();
});

test("awsJson 1.1 and 1.0: pages, timestamps, modelled errors, query-compatible services, gzip", async () => {
  wire.on<ListKeysRequest>("kms", "ListKeys", ({ Marker, Limit = 100 }) => {
    const from = Number(Marker ?? 0);
    const Keys = Array.from({ length: Limit }, (_, i) => ({ KeyId: `k${from + i}`, KeyArn: "arn" }));
    return from + Limit < 1000
      ? { Keys, Truncated: true, NextMarker: String(from + Limit) }
      : { Keys, Truncated: false };
  });
  const kms = new KMSClient(config());
  let count = 0;
  for await (const page of paginateListKeys({ client: kms, pageSize: 500 }, {})) count += page.Keys?.length ?? 0;
  expect(count).toBe(1000);

  const CreationDate = new Date("2021-05-06T07:08:09.123Z");
  wire.on("kms", "DescribeKey", ({ KeyId }) => {
    if (KeyId === "no") throw new WireError("NotFoundException", "no key", 400);
    return { KeyMetadata: { KeyId, CreationDate, MultiRegion: true } };
  });
  expect((await kms.send(new DescribeKeyCommand({ KeyId: "k1" }))).KeyMetadata?.CreationDate).toEqual(CreationDate);
  expect((await failure(kms.send(new DescribeKeyCommand({ KeyId: "no" })))).name).toBe("NotFoundException");
  wire.on("kms", "TagResource", () => undefined);
  await kms.send(new TagResourceCommand({ KeyId: "k1", Tags: [{ TagKey: "a", TagValue: "b" }] }));
  expect(wire.calls.at(-1)?.input).toEqual({ KeyId: "k1", Tags: [{ TagKey: "a", TagValue: "b" }] });

  wire.on("dynamodb", "ListTables", () => ({ TableNames: ["ä", "b"] }));
  expect((await new DynamoDBClient(config()).send(new ListTablesCommand({}))).TableNames).toEqual(["ä", "b"]);
  wire.on("sqs", "CreateQueue", () => {
    throw new WireError("QueueNameExists", "taken");
  });
  const taken = await failure(new SQSClient(config()).send(new CreateQueueCommand({ QueueName: "q" })));
  expect(taken.name).toBe("QueueNameExists");
  wire.on("cloudwatch", "PutMetricData", () => undefined);
  const data = Array.from({ length: 500 }, (_, i) => ({ MetricName: `metric-${i}`, Value: i }));
  await new CloudWatchClient(config()).send(new PutMetricDataCommand({ Namespace: "n", MetricData: data }));
  expect(wire.calls.at(-1)?.input).toEqual({ Namespace: "n", MetricData: data });
  wire.assertClean();
});
