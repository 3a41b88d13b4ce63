/** Buckets, and the account's own public access block. */
import {
  BucketLocationConstraint,
  CreateBucketCommand,
  GetBucketPolicyCommand,
  type PublicAccessBlockConfiguration,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutBucketWebsiteCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { PutPublicAccessBlockCommand as PutAccountBlock } from "@aws-sdk/client-s3-control";
import type { Clients } from "./clients.ts";
import { blocked, type Expected, expected } from "./expected.ts";
import { HOSTILE, HOSTILE_PLAIN } from "./hostile.ts";

export const BLOCK_ALL = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
} satisfies PublicAccessBlockConfiguration;

/** Findings show the partition's home region: moto leaves BucketRegion out of ListBuckets. */
const HOME = "us-east-1";

export interface BucketSpec {
  readonly block?: PublicAccessBlockConfiguration;
  readonly versioning?: "Enabled" | "Suspended";
  /** The text, byte for byte. */
  readonly policy?: string;
  readonly website?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Makes a bucket with what is told and nothing else. New buckets of moto have no block, no encryption and no owner rule, unlike AWS's. */
export async function makeBucket({ s3, region }: Clients, Bucket: string, spec: BucketSpec = {}): Promise<string> {
  // S3 has no constraint of its home region's name.
  const LocationConstraint = Object.values(BucketLocationConstraint).find((known) => known === region);
  await s3.send(
    new CreateBucketCommand({
      Bucket,
      ...(LocationConstraint === undefined ? {} : { CreateBucketConfiguration: { LocationConstraint } }),
    }),
  );
  if (spec.block !== undefined) {
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: spec.block }));
  }
  if (spec.versioning !== undefined) {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: spec.versioning } }));
  }
  if (spec.policy !== undefined) await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: spec.policy }));
  if (spec.website === true) {
    await s3.send(
      new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: { IndexDocument: { Suffix: "index.html" } } }),
    );
  }
  if (spec.tags !== undefined) {
    const TagSet = Object.entries(spec.tags).map(([Key, Value]) => ({ Key, Value }));
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  }
  return Bucket;
}

export async function policyText({ s3 }: Clients, Bucket: string): Promise<string | undefined> {
  try {
    return (await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy;
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchBucketPolicy") return undefined;
    throw error;
  }
}

/** A policy that refuses plain HTTP. */
export function tlsOnly(bucket: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

/** A policy about something else, written as people write: odd spaces, a single statement without a list, hostile words in a condition. */
export function unrelatedPolicy(account: string, bucket: string): string {
  return `{ "Version" : "2012-10-17",
  "Statement": {"Sid":"Readers", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::${account}:root"},
    "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::${bucket}/*",
    "Condition": {"StringNotEquals": {"aws:UserAgent": ${JSON.stringify(HOSTILE)}}}} }`;
}

/** Buckets of an account; their names are the same in every world, with the account in them since S3 has one name space for all. */
export async function seedBuckets(clients: Clients): Promise<Expected[]> {
  const { account } = clients;
  const [open, half, closed, site] = ["orders", "uploads", "ledger", "shop"].map((name) => `${name}-${account}`);
  if (open === undefined || half === undefined || closed === undefined || site === undefined)
    throw new Error("four names");
  await makeBucket(clients, open, { tags: { team: HOSTILE_PLAIN } });
  await makeBucket(clients, half, {
    block: { ...BLOCK_ALL, RestrictPublicBuckets: false },
    versioning: "Suspended",
    policy: unrelatedPolicy(account, half),
  });
  await makeBucket(clients, closed, { block: BLOCK_ALL, versioning: "Enabled", policy: tlsOnly(closed) });
  await makeBucket(clients, site, { versioning: "Enabled", website: true });
  return [
    ...expected(clients, "s3_bucket_public_access_block", { fail: [open, half], pass: [closed] }, HOME),
    blocked(clients, "s3_bucket_public_access_block", site, "website", HOME),
    ...expected(clients, "s3_bucket_versioning", { fail: [open, half], pass: [closed, site] }, HOME),
    ...expected(clients, "s3_bucket_tls_only", { fail: [open, half], pass: [closed] }, HOME),
    blocked(clients, "s3_bucket_tls_only", site, "plain HTTP", HOME),
  ];
}

/** `closed`: all four flags; `half`: two of them. The account's block counts for its buckets, so `closed` makes all of those pass. */
export async function seedAccountBlock(clients: Clients, how: "none" | "half" | "closed"): Promise<Expected[]> {
  const { account: AccountId, s3control } = clients;
  const policies = how === "closed";
  const PublicAccessBlockConfiguration = { ...BLOCK_ALL, BlockPublicPolicy: policies, RestrictPublicBuckets: policies };
  if (how !== "none") await s3control.send(new PutAccountBlock({ AccountId, PublicAccessBlockConfiguration }));
  const status = how === "closed" ? "pass" : "fail";
  return expected(clients, "s3_account_public_access_block", { [status]: [AccountId] }, "global");
}
