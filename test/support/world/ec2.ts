/** Instances, volumes, snapshots and the EBS default of a region. */
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EnableEbsEncryptionByDefaultCommand,
  ModifyInstanceMetadataOptionsCommand,
  type ModifyInstanceMetadataOptionsRequest,
  ModifySnapshotAttributeCommand,
  type ResourceType,
  RunInstancesCommand,
  type TagSpecification,
  TerminateInstancesCommand,
  type VolumeType,
} from "@aws-sdk/client-ec2";
import type { Clients } from "./clients.ts";
import { blocked, type Expected, expected, given } from "./expected.ts";
import { HOSTILE } from "./hostile.ts";

export type Tags = Readonly<Record<string, string>>;

/** Nothing for no tags: EC2 refuses an empty list. */
export function tagged(ResourceType: ResourceType, tags: Tags | undefined): { TagSpecifications?: TagSpecification[] } {
  const Tags = Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  return Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType, Tags }] };
}

type Metadata = Omit<ModifyInstanceMetadataOptionsRequest, "InstanceId" | "DryRun">;

/** An instance with its metadata options as told; moto launches all of them with tokens optional. */
export async function makeInstance({ ec2 }: Clients, metadata: Metadata = {}, tags?: Tags): Promise<string> {
  const launched = await ec2.send(
    new RunInstancesCommand({ ImageId: "ami-12345678", MinCount: 1, MaxCount: 1, ...tagged("instance", tags) }),
  );
  const InstanceId = given(launched.Instances?.[0]?.InstanceId, "instance");
  if (Object.keys(metadata).length > 0)
    await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, ...metadata }));
  return InstanceId;
}

export interface VolumeSpec {
  readonly size?: number;
  readonly type?: VolumeType;
  readonly iops?: number;
  readonly throughput?: number;
  readonly tags?: Tags;
}

/** A volume that nothing is attached to. */
export async function makeVolume({ ec2, region }: Clients, spec: VolumeSpec = {}): Promise<string> {
  const made = await ec2.send(
    new CreateVolumeCommand({
      AvailabilityZone: `${region}a`,
      Size: spec.size ?? 1,
      VolumeType: spec.type ?? "gp3",
      ...(spec.iops === undefined ? {} : { Iops: spec.iops }),
      ...(spec.throughput === undefined ? {} : { Throughput: spec.throughput }),
      ...tagged("volume", spec.tags),
    }),
  );
  return given(made.VolumeId, "volume");
}

export interface SnapshotSpec {
  readonly public?: boolean;
  /** Accounts it is shared with by name. */
  readonly with?: readonly string[];
  readonly description?: string;
  readonly tags?: Tags;
}

/** A snapshot of a volume. Shared in the form that moto understands: it ignores `CreateVolumePermission: {Add, Remove}` silently. */
export async function makeSnapshot({ ec2 }: Clients, VolumeId: string, spec: SnapshotSpec = {}): Promise<string> {
  const Description = spec.description ?? "";
  const made = await ec2.send(new CreateSnapshotCommand({ VolumeId, Description, ...tagged("snapshot", spec.tags) }));
  const SnapshotId = given(made.SnapshotId, "snapshot");
  const share = { SnapshotId, Attribute: "createVolumePermission", OperationType: "add" } as const;
  if (spec.public === true) await ec2.send(new ModifySnapshotAttributeCommand({ ...share, GroupNames: ["all"] }));
  if (spec.with !== undefined)
    await ec2.send(new ModifySnapshotAttributeCommand({ ...share, UserIds: [...spec.with] }));
  return SnapshotId;
}

/** `on`: the region's default encryption of new volumes is turned on. */
export async function seedEbsDefault(clients: Clients, on: boolean): Promise<Expected[]> {
  if (on) await clients.ec2.send(new EnableEbsEncryptionByDefaultCommand({}));
  return expected(clients, "ec2_ebs_default_encryption", { [on ? "pass" : "fail"]: [clients.account] });
}

export async function seedInstances(clients: Clients): Promise<Expected[]> {
  const { ec2 } = clients;
  const [open, required, disabled, gone] = await Promise.all([
    makeInstance(
      clients,
      { HttpPutResponseHopLimit: 2, HttpTokens: "optional", HttpEndpoint: "enabled" },
      { Name: HOSTILE },
    ),
    makeInstance(clients, { HttpTokens: "required", HttpEndpoint: "enabled" }, { Name: "web" }),
    makeInstance(clients, { HttpTokens: "optional", HttpEndpoint: "disabled" }, { Name: "batch" }),
    makeInstance(clients, {}, { Name: "old" }),
  ]);
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [gone] }));
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
  const volumes = (Reservations ?? []).flatMap(({ Instances }) =>
    (Instances ?? []).flatMap(({ BlockDeviceMappings }) =>
      (BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeId ?? []),
    ),
  );
  const there = new Set((await ec2.send(new DescribeVolumesCommand({}))).Volumes?.map(({ VolumeId }) => VolumeId));
  return [
    ...expected(clients, "ec2_instance_imdsv2", { fail: [open], pass: [required, disabled], out_of_scope: [gone] }),
    // Their root volumes.
    ...expected(clients, "ebs_volume_unattached", { pass: volumes.filter((id) => there.has(id)) }),
  ];
}

/** `old`: whether the scan comes so much later that unattached volumes have lain about long enough. */
export async function seedVolumes(clients: Clients, old: boolean): Promise<Expected[]> {
  const [loose, kubernetes] = await Promise.all([
    makeVolume(clients, { size: 8, throughput: 125, iops: 3000, tags: { Name: HOSTILE, team: "payments" } }),
    makeVolume(clients, { type: "gp2", tags: { "kubernetes.io/created-for/pvc/name": "data-db-0" } }),
  ]);
  const [open, shared, private_] = await Promise.all([
    makeSnapshot(clients, loose, {
      public: true,
      with: ["999999999999"],
      description: HOSTILE,
      tags: { Name: HOSTILE },
    }),
    makeSnapshot(clients, loose, { with: ["999999999999"], description: "for the auditors" }),
    makeSnapshot(clients, kubernetes, { description: "nightly" }),
  ]);
  const policy = "ebs_volume_unattached";
  return [
    ...(old
      ? [...expected(clients, policy, { fail: [loose] }), blocked(clients, policy, kubernetes, "Kubernetes")]
      : expected(clients, policy, { pass: [loose, kubernetes] })),
    ...expected(clients, "ec2_snapshot_public", { fail: [open], pass: [shared, private_] }),
  ];
}
