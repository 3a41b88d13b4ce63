import { DescribeRegionsCommand, DescribeSecurityGroupsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetDetectorCommand, GuardDutyClient } from "@aws-sdk/client-guardduty";
import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { DescribeDBSnapshotAttributesCommand, RDSClient } from "@aws-sdk/client-rds";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { service, serviceIds } from "./aws-wire/model.ts";
import { type AwsWire, startAwsWire } from "./aws-wire/server.ts";

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
const ROLE = "arn:aws:iam::222222222222:role/scan/Reader";

test("every listed service loads and names a protocol the stand-in speaks", () => {
  const protocols = serviceIds().map((id) => service(id).protocol);
  expect(new Set(protocols)).toEqual(
    new Set(["awsQuery", "ec2Query", "awsJson1_0", "awsJson1_1", "restXml", "restJson1"]),
  );
  expect(service("ec2").operations.size).toBeGreaterThan(700);
});

test("an answer that AWS could not give is refused and reported", async () => {
  const ec2 = new EC2Client(config());
  const answer = async (output: object) => {
    wire.forget();
    wire.on("ec2", "DescribeSecurityGroups", () => output);
    const error = await failure(ec2.send(new DescribeSecurityGroupsCommand({})));
    expect(error.name).toBe("InvalidStubAnswer");
    expect(() => wire.assertClean()).toThrow(/ec2:DescribeSecurityGroups output/);
    return wire.problems.join();
  };
  expect(await answer({ SecurityGroup: [] })).toMatch(/no such member \(has .*SecurityGroups/);
  expect(await answer({ SecurityGroups: [{ GroupId: 5 }] })).toContain(
    "SecurityGroups[0].GroupId: must be a string, is number",
  );
  expect(await answer({ SecurityGroups: {} })).toContain("must be a list, is object");
  expect(await answer({ SecurityGroups: [null] })).toContain("must be the structure SecurityGroup, is null");

  const kms = new KMSClient(config());
  wire.forget();
  wire.on("kms", "DescribeKey", () => ({ KeyMetadata: { CreationDate: "2024-01-01" } }));
  expect((await failure(kms.send(new DescribeKeyCommand({ KeyId: "k" })))).name).toBe("InvalidStubAnswer");
  expect(wire.problems.join()).toContain("KeyMetadata.KeyId: required member of KeyMetadata is missing");
  expect(wire.problems.join()).toContain("KeyMetadata.CreationDate: must be a valid Date, is string");
  wire.on("kms", "DescribeKey", () => {
    throw new TypeError("handler bug");
  });
  expect((await failure(kms.send(new DescribeKeyCommand({ KeyId: "k" })))).name).toBe("StubFailed");
  expect(wire.problems.join()).toContain("kms:DescribeKey: TypeError: handler bug");
});

test("requests that lack a required member or carry an unknown one are refused and reported", async () => {
  wire.on("ec2", "CreateFlowLogs", () => ({}));
  const form = async (body: string) => {
    wire.forget();
    const answer = await fetch(wire.url, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization:
          "AWS4-HMAC-SHA256 Credential=AKIAX/20240101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0",
      },
    });
    return { status: answer.status, text: await answer.text(), problems: wire.problems.join() };
  };
  const missing = await form("Action=CreateFlowLogs&Version=2016-11-15&ResourceId.1=vpc-1");
  expect(missing.status).toBe(400);
  expect(missing.problems).toContain("input.ResourceType: required member");
  const unknown = await form(
    "Action=CreateFlowLogs&Version=2016-11-15&ResourceId.1=vpc-1&ResourceType=VPC&Bogus.1.Key=x",
  );
  expect(unknown.problems).toContain("unknown parameter Bogus.1.Key");
  expect(wire.calls).toEqual([]);
  const nonsense = await form("Action=DescribeUnicorns&Version=2016-11-15");
  expect(nonsense.text).toContain("<Code>UnknownOperation</Code>");
});

test("a call nobody stubbed gets a clear error in the protocol's own form and is remembered", async () => {
  const fresh = await startAwsWire();
  const at = { ...config(), endpoint: fresh.url, maxAttempts: 3 };
  const sent = [
    new EC2Client(at).send(new DescribeSecurityGroupsCommand({})),
    new KMSClient(at).send(new DescribeKeyCommand({ KeyId: "k" })),
    new S3Client(at).send(new ListBucketsCommand({})),
    new GuardDutyClient(at).send(new GetDetectorCommand({ DetectorId: "d" })),
    new RDSClient(at).send(new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier: "x" })),
  ];
  const errors = await Promise.all(sent.map(failure));
  expect(errors.map((error) => error.name)).toEqual(sent.map(() => "NotStubbed"));
  expect([...fresh.unhandled].sort()).toEqual([
    "ec2:DescribeSecurityGroups",
    "guardduty:GetDetector",
    "kms:DescribeKey",
    "rds:DescribeDBSnapshotAttributes",
    "s3:ListBuckets",
  ]);
  expect(() => fresh.assertClean()).toThrow(/not stubbed: kms:DescribeKey/);
  await fresh.stop();
});

test("assumed roles: later calls come from the role's account; refusal and ExternalId", async () => {
  const { sts } = wire;
  const assume = (roleArn: string, ExternalId?: string) =>
    fromTemporaryCredentials({
      masterCredentials: credentials,
      clientConfig: { region: "us-east-1", endpoint: wire.url, maxAttempts: 1 },
      params: {
        RoleArn: roleArn,
        RoleSessionName: "evenkeel",
        DurationSeconds: 900,
        ...(ExternalId ? { ExternalId } : {}),
      },
    });
  wire.on("ec2", "DescribeSecurityGroups", () => ({ SecurityGroups: [] }));
  await new EC2Client({ ...config(), credentials: assume(ROLE) }).send(new DescribeSecurityGroupsCommand({}));
  expect(wire.calls.at(-1)).toMatchObject({
    account: "222222222222",
    roleArn: ROLE,
    operation: "DescribeSecurityGroups",
  });

  const identity = new STSClient({ ...config(), credentials: assume(ROLE) });
  expect(await identity.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: "222222222222",
    Arn: "arn:aws:sts::222222222222:assumed-role/Reader/evenkeel",
  });
  sts.pretendAccount("222222222222", "666666666666");
  expect((await identity.send(new GetCallerIdentityCommand({}))).Account).toBe("666666666666");

  const locked = "arn:aws:iam::333333333333:role/Locked";
  sts.requireExternalId(locked, "secret-id");
  const who = (externalId?: string) =>
    new STSClient({ ...config(), credentials: assume(locked, externalId) }).send(new GetCallerIdentityCommand({}));
  expect((await failure(who())).name).toBe("AccessDenied");
  expect((await failure(who("wrong"))).name).toBe("AccessDenied");
  expect((await who("secret-id")).Account).toBe("333333333333");
  sts.refuse(locked);
  expect((await failure(who("secret-id"))).name).toBe("AccessDenied");
  sts.allow(locked);
  expect((await who("secret-id")).Account).toBe("333333333333");
  expect(sts.count(locked)).toBe(5);
  expect(sts.attempts.filter((attempt) => attempt.roleArn === locked).map((attempt) => attempt.granted)).toEqual([
    false,
    false,
    true,
    false,
    true,
  ]);
  expect(sts.attempts[0]).toMatchObject({ roleArn: ROLE, from: "111111111111", durationSeconds: 900, granted: true });
});

test("web identity: the one unsigned call gets credentials of the role's account", async () => {
  const input = { RoleArn: ROLE, RoleSessionName: "ci", WebIdentityToken: "a.b.c" };
  const sts = new STSClient({ region: "us-east-1", endpoint: wire.url });
  const { Credentials } = await sts.send(new AssumeRoleWithWebIdentityCommand(input));
  expect(Credentials?.AccessKeyId).toMatch(/^ASIA.{4}222222222222$/);
  expect(wire.calls[0]?.input).toEqual(input);
});

test("on the wire: envelopes are those AWS documents, which the SDK itself would not insist on", async () => {
  const post = async (service: string, body: string) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIAX/20240101/us-east-1/${service}/aws4_request, SignedHeaders=host`;
    const headers = { authorization, "content-type": "application/x-www-form-urlencoded" };
    return (await (await fetch(wire.url, { method: "POST", headers, body })).text()).replace(/wire-\d+/, "ID");
  };
  expect(await post("ec2", "Action=DescribeRegions&Version=2016-11-15&RegionName.1=eu-west-1")).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15">' +
      "<requestId>ID</requestId><regionInfo><item><optInStatus>opt-in-not-required</optInStatus><regionName>eu-west-1</regionName>" +
      "<regionEndpoint>ec2.eu-west-1.amazonaws.com</regionEndpoint></item></regionInfo></DescribeRegionsResponse>",
  );
  expect(await post("sts", "Action=GetCallerIdentity&Version=2011-06-15")).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">' +
      "<GetCallerIdentityResult><UserId>AIDASTANDIN</UserId><Account>111111111111</Account>" +
      "<Arn>arn:aws:iam::111111111111:user/stand-in</Arn></GetCallerIdentityResult>" +
      "<ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
  );
  const refused = await post("ec2", "Action=DescribeRegions&Version=2016-11-15&RegionName.1=mars-1");
  expect(refused).toMatch(
    /<Response><Errors><Error><Code>InvalidParameterValue<\/Code>.*<RequestID>ID<\/RequestID><\/Response>$/s,
  );
});

test("partitions: GovCloud and China by role and region; DescribeRegions with opt-in filters", async () => {
  const china = await startAwsWire({
    account: "444444444444",
    partition: "aws-cn",
    now: () => new Date("2030-01-01T00:00:00Z"),
  });
  const at = { ...config("cn-north-1"), endpoint: china.url };
  const identity = await new STSClient(at).send(new GetCallerIdentityCommand({}));
  expect(identity).toMatchObject({ Account: "444444444444", Arn: "arn:aws-cn:iam::444444444444:user/stand-in" });
  const role = { RoleArn: "arn:aws-us-gov:iam::555555555555:role/R", RoleSessionName: "s" };
  const assumed = await new STSClient(at).send(new AssumeRoleCommand(role));
  expect(assumed.AssumedRoleUser?.Arn).toBe("arn:aws-us-gov:sts::555555555555:assumed-role/R/s");
  expect(assumed.Credentials?.Expiration).toEqual(new Date("2030-01-01T01:00:00Z"));
  const chinese = await new EC2Client(at).send(new DescribeRegionsCommand({}));
  expect(chinese.Regions?.map((region) => region.Endpoint)).toContain("ec2.cn-north-1.amazonaws.com.cn");
  await china.stop();

  const ec2 = new EC2Client(config());
  const names = async (input: object) =>
    (await ec2.send(new DescribeRegionsCommand(input))).Regions?.map((region) => region.RegionName);
  expect(await names({})).not.toContain("af-south-1");
  expect(await names({ AllRegions: true })).toContain("af-south-1");
  const optedIn = [{ Name: "opt-in-status", Values: ["opted-in"] }];
  expect(await names({ AllRegions: true, Filters: optedIn })).toEqual(["eu-south-1"]);
  expect(await names({ RegionNames: ["eu-west-1"] })).toEqual(["eu-west-1"]);
  expect((await failure(names({ RegionNames: ["mars-1"] }))).name).toBe("InvalidParameterValue");
});
