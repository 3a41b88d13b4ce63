import type {
  DescribeSnapshotAttributeRequest,
  DescribeSnapshotsRequest,
  DescribeVolumesRequest,
  ModifySnapshotAttributeRequest,
} from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsWire, startAwsWire } from "../support/aws-wire/server.ts";
import { type Engine, engine, hastyClock } from "../support/engine.ts";
import { HOSTILE } from "../support/world/hostile.ts";
import { stageConfig } from "../support/world/stage.ts";

/** What moto does not do as AWS does, against the stand-in made from AWS's own models. */
const ACCOUNT = "222222222222";
const credentials = { accessKeyId: "AKIABASEBASEBASEBASE", secretAccessKey: "any" };
let wire: AwsWire;
let run: Engine | undefined;

beforeEach(async () => {
  wire = await startAwsWire();
});
afterEach(async () => {
  run?.close();
  await wire.stop();
});

const start = (policy: object, days = 0): Engine => {
  run = engine({ url: wire.url, credentials, config: stageConfig([ACCOUNT], [policy]), clock: hastyClock(days) });
  return run;
};
const count = (operation: string) => wire.calls.filter((call) => call.operation === operation).length;

test("public snapshots take one bulk call and one for each candidate (moto ignores RestorableByUserIds)", async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `snap-${String(index).padStart(8, "0")}`);
  const shared = new Set(["snap-00000003", "snap-00000150"]);
  /** The bulk answer lags: it still names one that is private again. */
  const listed = new Set([...shared, "snap-00000077"]);
  wire.on<DescribeSnapshotsRequest>("ec2", "DescribeSnapshots", ({ SnapshotIds, RestorableByUserIds }) => {
    const asked =
      SnapshotIds ?? (RestorableByUserIds?.includes("all") === true ? ids.filter((id) => listed.has(id)) : ids);
    return {
      Snapshots: asked.map((SnapshotId) => ({ SnapshotId, OwnerId: ACCOUNT, State: "completed", VolumeId: "vol-1" })),
    };
  });
  wire.on<DescribeSnapshotAttributeRequest>("ec2", "DescribeSnapshotAttribute", ({ SnapshotId }) => ({
    SnapshotId,
    CreateVolumePermissions: [
      { UserId: "999999999999" },
      ...(shared.has(SnapshotId ?? "") ? [{ Group: "all" as const }] : []),
    ],
  }));
  wire.on<ModifySnapshotAttributeRequest>("ec2", "ModifySnapshotAttribute", ({ SnapshotId }) => {
    shared.delete(SnapshotId ?? "");
    return {};
  });

  const engine = start({ use: "ec2_snapshot_public" });
  const { plan, result } = await engine.plan();
  expect(result.coverage.findings).toEqual({ pass: 198, fail: 2, unknown: 0, out_of_scope: 0 });
  const bulk = wire.calls.filter(
    ({ operation, input }) => operation === "DescribeSnapshots" && input["RestorableByUserIds"] !== undefined,
  );
  expect(bulk.map(({ input }) => input["RestorableByUserIds"])).toEqual([["all"]]);
  expect(count("DescribeSnapshots")).toBe(2);
  const candidates = wire.calls
    .filter(({ operation }) => operation === "DescribeSnapshotAttribute")
    .map(({ input }) => input["SnapshotId"]);
  expect(candidates.sort()).toEqual([...listed].sort());

  const { outcomes } = await engine.apply(plan);
  expect(outcomes.map(({ outcome, resource }) => [resource, outcome]).sort()).toEqual([
    ["snap-00000003", "applied"],
    ["snap-00000150", "applied"],
  ]);
  expect(count("ModifySnapshotAttribute")).toBe(2);
  wire.assertClean();
});

test("a flow log that AWS refuses inside a 200 is a failure with AWS's words", async () => {
  wire.on("ec2", "DescribeVpcs", () => ({ Vpcs: [{ VpcId: "vpc-1", OwnerId: ACCOUNT, CidrBlock: "10.0.0.0/16" }] }));
  wire.on("ec2", "DescribeFlowLogs", () => ({ FlowLogs: [] }));
  wire.on("ec2", "CreateFlowLogs", () => ({
    FlowLogIds: [],
    Unsuccessful: [
      { ResourceId: "vpc-1", Error: { Code: "400", Message: `Access Denied for LogDestination: logs. ${HOSTILE}` } },
    ],
  }));
  const remediation_params = { destination_bucket_arn: "arn:aws:s3:::logs" };
  const engine = start({ use: "vpc_flow_logs", mode: "approve", remediation_params });
  const { plan } = await engine.plan();
  const { outcomes } = await engine.apply(plan);
  expect(outcomes).toMatchObject([{ outcome: "failed", resource: "vpc-1" }]);
  expect(outcomes[0]?.reason).toContain("AWS did not make the flow log: 400 Access Denied for LogDestination: logs.");
  expect(count("CreateFlowLogs")).toBe(1);
  expect((await engine.undo()).items).toEqual([]);
  wire.assertClean();
});

test("a thousand volumes come in pages, each is judged, and pages are not asked for twice (moto gives everything at once)", async () => {
  const ids = Array.from({ length: 1000 }, (_, index) => `vol-${String(index).padStart(8, "0")}`);
  const CreateTime = new Date("2020-01-01T00:00:00Z");
  wire.on<DescribeVolumesRequest>("ec2", "DescribeVolumes", ({ NextToken = "0", MaxResults = 1000 }) => {
    const from = Number(NextToken);
    const to = from + Math.min(MaxResults, 300);
    const Volumes = ids
      .slice(from, to)
      .map((VolumeId) => ({ VolumeId, State: "in-use" as const, CreateTime, Size: 1 }));
    return { Volumes, ...(to < ids.length ? { NextToken: String(to) } : {}) };
  });
  const { findings, coverage } = await start({ use: "ebs_volume_unattached", allow_destructive: true }).scan();
  expect(findings.map(({ resource }) => resource.id)).toEqual(ids);
  expect(coverage.findings.pass).toBe(1000);
  const pages = wire.calls
    .filter(({ operation }) => operation === "DescribeVolumes")
    .map(({ input }) => input["NextToken"]);
  expect(pages).toEqual([undefined, "300", "600", "900"]);
  wire.assertClean();
});

test("a list that breaks off on its third page is a gap, and what was read of it is still judged", async () => {
  const CreateTime = new Date("2020-01-01T00:00:00Z");
  const page = (token: string) => [
    {
      VolumeId: `vol-${token}`,
      State: "available" as const,
      CreateTime,
      Size: 1,
      VolumeType: "gp3" as const,
      AvailabilityZone: "us-east-1a",
    },
  ];
  wire.on<DescribeVolumesRequest>("ec2", "DescribeVolumes", ({ NextToken = "1" }) => {
    // The same token again: such a list would never end.
    return { Volumes: page(NextToken), NextToken: NextToken === "1" ? "2" : "3" };
  });
  const { result, plan } = await start({ use: "ebs_volume_unattached", allow_destructive: true }).plan();
  expect(result.coverage).toMatchObject({ complete: false, regions: { scanned: 0, total: 1 } });
  expect(result.coverage.gaps).toMatchObject([
    { operation: "ec2:DescribeVolumes", code: "RepeatedPageToken", type: "ec2.volume" },
  ]);
  expect(plan.header.coverage).toMatchObject({ complete: false, gaps: 1 });
  expect(result.findings.map(({ resource }) => resource.id)).toEqual(["vol-1", "vol-2", "vol-3"]);
});

test("a bucket is read and changed in its own region, and a change that shows late is waited for (moto shows it at once, and no region)", async () => {
  let written = false;
  let late = 3;
  wire.on("s3", "ListBuckets", () => ({
    Buckets: [{ Name: "orders", CreationDate: new Date("2024-01-01T00:00:00Z"), BucketRegion: "eu-central-1" }],
  }));
  wire.on("s3", "GetBucketVersioning", () => {
    if (written) late -= 1;
    return late > 0 ? {} : { Status: "Enabled" };
  });
  wire.on("s3", "PutBucketVersioning", () => {
    written = true;
    return {};
  });
  const engine = start({ use: "s3_bucket_versioning" });
  const { plan, result } = await engine.plan();
  expect(result.findings).toMatchObject([{ region: "eu-central-1", status: "fail" }]);
  expect((await engine.apply(plan)).outcomes).toMatchObject([{ outcome: "applied" }]);
  expect(count("PutBucketVersioning")).toBe(1);
  const regions = (operation: string) =>
    new Set(wire.calls.filter((call) => call.operation === operation).map(({ region }) => region));
  expect(regions("PutBucketVersioning")).toEqual(new Set(["eu-central-1"]));
  expect(regions("GetBucketVersioning")).toEqual(new Set(["eu-central-1"]));
  // Creation dates are true only when asked for in the partition's home region.
  expect(regions("ListBuckets")).toEqual(new Set(["us-east-1"]));
  wire.assertClean();
});
