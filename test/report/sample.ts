import type { Applied } from "../../src/apply/apply.ts";
import { itemHash } from "../../src/plan/file.ts";
import type { PolicyInfos } from "../../src/report/options.ts";
import { noOutcomes, type Outcome } from "../../src/types/outcome.ts";
import type { HeldItem, Plan, PlanItem } from "../../src/types/plan.ts";
import type { Coverage, Finding, Gap } from "../../src/types/scan.ts";

/** A realistic scan and plan. `twist` is applied to every text that AWS supplied, so that tests can put hostile ones in all places at once. */

type Twist = (text: string) => string;
const same: Twist = (text) => text;

export const POLICIES: PolicyInfos = new Map([
  ["s3_bucket_public_access_block", { title: "S3 buckets block public access", severity: "high", mode: "approve" }],
  [
    "ec2_security_group_ssh_open",
    { title: "Security groups do not open SSH to the world", severity: "critical", mode: "approve" },
  ],
  ["ec2_volume_unattached", { title: "EBS volumes are attached", severity: "low", mode: "approve, report" }],
]);

export function bucketItem(number: number, twist: Twist = same): PlanItem {
  const name = twist(`acme-logs-${number}`);
  const block = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
  const allow = {
    Sid: twist("AllowAll"),
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: twist(`arn:aws:s3:::${name}/*`),
  };
  const tls = {
    Sid: "Tls",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:*"],
    Resource: "*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  const policy = (...statements: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement: statements });
  return {
    id: hex(number, 32),
    policy: "s3_bucket_public_access_block",
    remediation: "s3.block-bucket-public-access",
    severity: "high",
    risk: "disruptive",
    account: number % 2 === 0 ? "111111111111" : "222222222222",
    region: "eu-west-1",
    resource: {
      type: "s3.bucket",
      id: name,
      arn: twist(`arn:aws:s3:::${name}`),
      identity: twist("2024-01-02T03:04:05.000Z"),
    },
    before: {
      PublicAccessBlock: { ...block, BlockPublicAcls: false },
      Policy: policy(allow, tls),
      Tags: { [twist("owner")]: twist("team a") },
    },
    after: { PublicAccessBlock: block, Policy: policy(tls), Tags: { [twist("owner")]: twist("team b") } },
    fields: ["Policy", "PublicAccessBlock", "Tags"],
    deletes: false,
    fingerprint: hex(number + 1000, 64),
    covers: ["Policy", "PublicAccessBlock", "Tags"],
    params: {},
    calls: [
      {
        step: "step1",
        call: "s3:PutPublicAccessBlock",
        params: { Bucket: name, ExpectedBucketOwner: "111111111111", PublicAccessBlockConfiguration: block },
      },
    ],
    undo: [
      {
        step: "step1",
        call: "s3:DeletePublicAccessBlock",
        params: { Bucket: name, ExpectedBucketOwner: "111111111111" },
      },
    ],
    iam: ["s3:PutBucketPublicAccessBlock"],
    impact: "Clients that reach the bucket through a public ACL or policy lose access.",
    cost: "none",
    reason: `not so: S3 buckets block public access (${twist("acme")})`,
  };
}

export function volumeItem(number: number, twist: Twist = same): PlanItem {
  const id = twist(`vol-0abc${number}`);
  return {
    id: hex(number + 500, 32),
    policy: "ec2_volume_unattached",
    remediation: "ec2.delete-volume",
    severity: "low",
    risk: "destructive",
    account: "111111111111",
    region: "us-east-1",
    resource: { type: "ec2.volume", id, arn: twist(`arn:aws:ec2:us-east-1:111111111111:volume/${id}`), identity: id },
    before: {
      Attachments: [],
      CreateTime: "2023-05-06T07:08:09.000Z",
      Tags: { Name: twist("old data") },
      Secret: { sha256: "ab".repeat(32), length: 34 },
    },
    after: {},
    fields: ["Attachments", "CreateTime", "Secret", "Tags"],
    deletes: true,
    fingerprint: hex(number + 2000, 64),
    covers: ["Attachments", "CreateTime"],
    params: {},
    calls: [
      { step: "snapshot", call: "ec2:CreateSnapshot", params: { VolumeId: id, Description: twist("before deletion") } },
      {
        step: "wait",
        call: "ec2:DescribeSnapshots",
        params: { SnapshotIds: [""] },
        bind: { "/SnapshotIds/0": "steps.snapshot.SnapshotId" },
        until: { condition: 'output.Snapshots[0].State == "completed"', limit: 3600 },
        reads: true,
      },
      { step: "delete", call: "ec2:DeleteVolume", params: { VolumeId: id } },
    ],
    undo: [],
    undo_note: "a new volume can be made from the snapshot, but it has another ID",
    iam: ["ec2:CreateSnapshot", "ec2:DeleteVolume", "ec2:DescribeSnapshots"],
    impact: "The volume is gone; its data is in the snapshot.",
    cost: "snapshot storage, about 0.05 USD per GB-month",
    reason: "attached to nothing for 400 days",
  };
}

export function heldItem(
  number: number,
  twist: Twist = same,
  reason = "guard per_policy: 10 items of s3_bucket_public_access_block are planned already",
): HeldItem {
  const id = twist(`acme-held-${number}`);
  return {
    id: hex(number + 9000, 32),
    policy: "s3_bucket_public_access_block",
    account: "111111111111",
    region: "eu-west-1",
    resource: { type: "s3.bucket", id, arn: twist(`arn:aws:s3:::${id}`), identity: "x" },
    outcome: "capped",
    reason: twist(reason),
  };
}

export function planOf(items: readonly PlanItem[], held: readonly HeldItem[] = []): Plan {
  const sorted = [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
  const { gaps, calls: _, ...coverage } = coverageOf();
  return {
    header: {
      evenkeel_plan: 1,
      kind: "remediate",
      scope: "payments",
      expires: "2026-11-30T00:00:00.000Z",
      engine: "0.1.0",
      catalogue: "c".repeat(64),
      commit: "d".repeat(40),
      coverage: { ...coverage, gaps: gaps.length },
      held,
      items: sorted.map(itemHash).sort(),
    },
    items: sorted,
  };
}

export function gap(twist: Twist = same): Gap {
  return {
    account: "333333333333",
    region: "eu-central-1",
    type: "s3.bucket",
    operation: "s3:GetBucketPolicy",
    code: twist("AccessDenied"),
    message: twist(
      "User: arn:aws:sts::333333333333:assumed-role/evenkeel-read/x is not authorized to perform: s3:GetBucketPolicy",
    ),
    remedy: "allow s3:GetBucketPolicy in the read role",
    resources: 14,
    policies: ["s3_bucket_public_access_block"],
  };
}

export function coverageOf(gaps: readonly Gap[] = [gap()]): Coverage {
  return {
    accounts: { scanned: 2, total: 3 },
    regions: { scanned: 33, total: 51 },
    resources: 148,
    findings: { pass: 120, fail: 12, unknown: 3, out_of_scope: 20 },
    gaps,
    calls: { "s3:ListBuckets": 3, "s3:GetBucketPolicy": 148 },
    complete: gaps.length === 0,
  };
}

export function finding(number: number, status: Finding["status"], policy: string, twist: Twist = same): Finding {
  const id = twist(`acme-logs-${number}`);
  return {
    id: hex(number, 32),
    policy,
    status,
    severity: POLICIES.get(policy)?.severity ?? "info",
    account: "111111111111",
    region: "eu-west-1",
    resource: { type: "s3.bucket", id, arn: twist(`arn:aws:s3:::${id}`), identity: twist("x") },
    reason:
      status === "pass"
        ? ""
        : twist("`PublicAccessBlock.BlockPublicAcls` is off, so that anyone may be let in by an ACL"),
    attributes: { [twist("Name")]: twist("x") },
    location: { file: "policies/s3/bucket-public-access-block.yaml", line: 1 },
  };
}

export function scanOf(twist: Twist = same): { findings: Finding[]; coverage: Coverage } {
  const names = [...POLICIES.keys()];
  const statuses = ["fail", "pass", "unknown", "out_of_scope", "fail"] as const;
  const findings = Array.from({ length: 40 }, (_, index) =>
    finding(index, statuses[index % 5] ?? "pass", names[index % 3] ?? "x", twist),
  );
  return {
    findings,
    coverage: coverageOf([
      gap(twist),
      { ...gap(twist), resources: undefined, operation: "sts:AssumeRole", remedy: undefined, region: "*", type: "*" },
    ]),
  };
}

/** Five approved items and how they ended. */
export function appliedOf(twist: Twist = same): Applied {
  const codes = ["applied", "applied", "already_ok", "stale", "denied"] as const;
  const counts = noOutcomes();
  const outcomes = codes.map((outcome, index): Outcome => {
    counts[outcome] += 1;
    return {
      item: bucketItem(index).id,
      outcome,
      reason: twist("the words of the outcome"),
      next:
        outcome === "stale"
          ? "review it in the next report"
          : outcome === "denied"
            ? twist("allow s3:PutBucketPublicAccessBlock")
            : "nothing to do",
      policy: "s3_bucket_public_access_block",
      account: "111111111111",
      region: "eu-west-1",
      resource: twist(`acme-logs-${index}`),
      ...(outcome === "stale"
        ? {
            drift: {
              PublicAccessBlock: { planned_from: { BlockPublicAcls: false }, now: { BlockPublicAcls: true } },
              Tags: { planned_from: { [twist("owner")]: twist("team a") }, now: null },
            },
          }
        : {}),
    };
  });
  return { plan: "41ab09cd77e1".padEnd(64, "0"), outcomes, counts };
}

function hex(number: number, length: number): string {
  return number.toString(16).padStart(length, "0");
}
