import {
  AttachVolumeCommand,
  DescribeFlowLogsCommand,
  DescribeInstancesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  GetEbsEncryptionByDefaultCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifySecurityGroupRulesCommand,
  ModifySnapshotAttributeCommand,
} from "@aws-sdk/client-ec2";
import { expect } from "vitest";
import type { Case } from "./case.ts";
import type { Clients } from "./clients.ts";
import { makeInstance, makeSnapshot, makeVolume } from "./ec2.ts";
import { HOSTILE, HOSTILE_RULE } from "./hostile.ts";
import { makeBucket } from "./s3.ts";
import { ANYONE_IPV6, INSIDE, makeFlowLog, makeGroup, makeRule, makeVpc, port, rulesOf } from "./vpc.ts";

/** Denials of EC2 have a code of their own. */
const denied = (operation: string) => ({ service: "ec2", operation, code: "UnauthorizedOperation" });

const encryption: Case = {
  policy: "ec2_ebs_default_encryption",
  remediation: "ec2.enable-ebs-default-encryption",
  seed: async ({ account }) => ({ fail: account, pass: [] }),
  calls: () => [["ec2:EnableEbsEncryptionByDefault", {}]],
  undo: ["ec2:DisableEbsEncryptionByDefault"],
  before: { EbsEncryptionByDefault: false },
  after: { EbsEncryptionByDefault: true },
  read: async ({ ec2 }) => (await ec2.send(new GetEbsEncryptionByDefaultCommand({}))).EbsEncryptionByDefault,
  fixed: true,
  cannotSpoil: "the only other state is the wanted one",
  denied: denied("GetEbsEncryptionByDefault"),
};

/** Ingress rules of a group without what a new rule has anew. */
async function ingress(clients: Clients, group: string): Promise<unknown[]> {
  const rules = (await rulesOf(clients, group)).filter(({ IsEgress }) => IsEgress !== true);
  return rules
    .map(({ SecurityGroupRuleId: _id, SecurityGroupRuleArn: _arn, ...rest }) => rest)
    .sort((a, b) => (a.FromPort ?? 0) - (b.FromPort ?? 0));
}

const ssh = (ranges: Parameters<typeof port>[1], range: object): Case => ({
  policy: "ec2_sg_admin_ports_open",
  remediation: "ec2.revoke-open-ingress",
  seed: async (clients) => {
    const group = await makeGroup(clients, "bastion");
    const fail = await makeRule(clients, group, port(22, ranges), { owner: HOSTILE });
    return { fail, pass: [await makeRule(clients, group, port(443, INSIDE))], at: group };
  },
  calls: ({ fail, at }) => [["ec2:RevokeSecurityGroupIngress", { GroupId: at, SecurityGroupRuleIds: [fail] }]],
  undo: ["ec2:AuthorizeSecurityGroupIngress"],
  before: { IpProtocol: "tcp", FromPort: 22, ToPort: 22, ...range },
  after: {},
  read: (clients, { at }) => ingress(clients, at ?? ""),
  fixed: [expect.objectContaining({ FromPort: 443 })],
  spoil: ({ ec2 }, { fail, at }) =>
    ec2.send(
      new ModifySecurityGroupRulesCommand({
        GroupId: at,
        SecurityGroupRules: [
          {
            SecurityGroupRuleId: fail,
            SecurityGroupRule: { IpProtocol: "tcp", FromPort: 22, ToPort: 23, ...range, Description: "widened" },
          },
        ],
      }),
    ),
  denied: denied("DescribeSecurityGroupRules"),
});

const snapshot: Case = {
  policy: "ec2_snapshot_public",
  remediation: "ec2.make-snapshot-private",
  seed: async (clients) => {
    const volume = await makeVolume(clients);
    const fail = await makeSnapshot(clients, volume, { public: true, with: ["999999999999"], description: HOSTILE });
    return {
      fail,
      pass: [await makeSnapshot(clients, volume, { with: ["999999999999"] }), await makeSnapshot(clients, volume)],
    };
  },
  calls: ({ fail }) => [
    ["ec2:ModifySnapshotAttribute", { SnapshotId: fail, OperationType: "remove", GroupNames: ["all"] }],
  ],
  undo: ["ec2:ModifySnapshotAttribute"],
  before: { CreateVolumePermissions: expect.arrayContaining([{ Group: "all" }, { UserId: "999999999999" }]) },
  after: { CreateVolumePermissions: [{ UserId: "999999999999" }] },
  async read({ ec2 }, { fail: SnapshotId }) {
    const answer = await ec2.send(
      new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: "createVolumePermission" }),
    );
    return (answer.CreateVolumePermissions ?? []).map(({ Group, UserId }) => Group ?? UserId).sort();
  },
  fixed: ["999999999999"],
  spoil: ({ ec2 }, { fail: SnapshotId }) =>
    ec2.send(
      new ModifySnapshotAttributeCommand({
        SnapshotId,
        Attribute: "createVolumePermission",
        OperationType: "add",
        UserIds: ["888888888888"],
      }),
    ),
  denied: denied("DescribeSnapshotAttribute"),
};

const metadata: Case = {
  policy: "ec2_instance_imdsv2",
  remediation: "ec2.require-imdsv2",
  seed: async (clients) => ({
    fail: await makeInstance(
      clients,
      { HttpTokens: "optional", HttpEndpoint: "enabled", HttpPutResponseHopLimit: 2 },
      { Name: HOSTILE },
    ),
    pass: [await makeInstance(clients, { HttpTokens: "required", HttpEndpoint: "enabled" })],
  }),
  calls: ({ fail }) => [
    [
      "ec2:ModifyInstanceMetadataOptions",
      { InstanceId: fail, HttpTokens: "required", HttpEndpoint: "enabled", HttpPutResponseHopLimit: 2 },
    ],
  ],
  undo: ["ec2:ModifyInstanceMetadataOptions"],
  before: { MetadataOptions: { HttpTokens: "optional", HttpPutResponseHopLimit: 2 } },
  after: { MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 2 } },
  async read({ ec2 }, { fail }) {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [fail] }));
    return Reservations?.[0]?.Instances?.[0]?.MetadataOptions;
  },
  fixed: expect.objectContaining({ HttpTokens: "required", HttpEndpoint: "enabled", HttpPutResponseHopLimit: 2 }),
  spoil: ({ ec2 }, { fail: InstanceId }) =>
    ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpPutResponseHopLimit: 5 })),
  denied: denied("DescribeInstances"),
};

const volume: Case = {
  policy: "ebs_volume_unattached",
  remediation: "ec2.snapshot-and-delete-volume",
  entry: { allow_destructive: true },
  days: 100,
  seed: async (clients) => ({
    fail: await makeVolume(clients, {
      size: 7,
      iops: 4000,
      throughput: 200,
      tags: { Name: HOSTILE, team: "payments" },
    }),
    pass: [],
  }),
  calls: ({ fail }) => [
    ["ec2:CreateSnapshot", { VolumeId: fail }],
    ["ec2:DescribeSnapshots", {}],
    ["ec2:DeleteVolume", { VolumeId: fail }],
  ],
  undo: ["ec2:CreateVolume", "ec2:DescribeVolumes"],
  before: { State: "available" },
  after: {},
  async read({ ec2 }) {
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({}));
    const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
    const volumes = (Volumes ?? []).map(({ Size, VolumeType, AvailabilityZone, Iops, Throughput, Tags, State }) => {
      const tags = (Tags ?? []).map(({ Key, Value }) => `${Key}=${Value}`).sort();
      return { Size, VolumeType, AvailabilityZone, Iops, Throughput, State, tags };
    });
    return { volumes, snapshots: Snapshots?.length ?? 0 };
  },
  fixed: { volumes: [], snapshots: 1 },
  restored: {
    volumes: [expect.objectContaining({ Size: 7, VolumeType: "gp3", tags: [`Name=${HOSTILE}`, "team=payments"] })],
    snapshots: 1,
  },
  async spoil(clients, { fail: VolumeId }) {
    const InstanceId = await makeInstance(clients);
    await clients.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" }));
  },
  denied: denied("DescribeVolumes"),
};

const flowLogs: Case = {
  policy: "vpc_flow_logs",
  remediation: "ec2.create-flow-logs",
  entry: { mode: "approve", remediation_params: { destination_bucket_arn: "arn:aws:s3:::flow-${account.id}" } },
  seed: async (clients) => {
    const bucket = await makeBucket(clients, `flow-${clients.account}`);
    const [fail, watched] = [await makeVpc(clients, "10.10.0.0/16"), await makeVpc(clients, "10.11.0.0/16")];
    await makeFlowLog(clients, watched, bucket, "REJECT");
    return { fail, pass: [watched], at: bucket };
  },
  calls: ({ fail, at }) => [
    [
      "ec2:CreateFlowLogs",
      {
        ResourceType: "VPC",
        ResourceIds: [fail],
        TrafficType: "ALL",
        LogDestinationType: "s3",
        LogDestination: `arn:aws:s3:::${at}`,
      },
    ],
  ],
  undo: ["ec2:DeleteFlowLogs"],
  before: { LogsAcceptedTraffic: false, LogsRejectedTraffic: false },
  after: { LogsAcceptedTraffic: true, LogsRejectedTraffic: true },
  async read({ ec2 }, { fail }) {
    const { FlowLogs } = await ec2.send(
      new DescribeFlowLogsCommand({ Filter: [{ Name: "resource-id", Values: [fail] }] }),
    );
    return (FlowLogs ?? []).map(({ TrafficType, FlowLogStatus, LogDestination }) => ({
      TrafficType,
      FlowLogStatus,
      LogDestination,
    }));
  },
  fixed: [expect.objectContaining({ TrafficType: "ALL", FlowLogStatus: "ACTIVE" })],
  spoil: (clients, { fail, at }) => makeFlowLog(clients, fail, at ?? "", "ACCEPT"),
  denied: denied("DescribeFlowLogs"),
};

export const EC2_CASES: Readonly<Record<string, Case>> = {
  "a region without default encryption": encryption,
  "a rule that opens SSH over IPv4": ssh(
    { IpRanges: [{ CidrIp: "0.0.0.0/0", Description: HOSTILE_RULE }] },
    { CidrIpv4: "0.0.0.0/0" },
  ),
  "a rule that opens SSH over IPv6": ssh(ANYONE_IPV6, { CidrIpv6: "::/0" }),
  "a public snapshot": snapshot,
  "an instance with optional tokens": metadata,
  "an unattached volume": volume,
  "a VPC that records nothing": flowLogs,
};
