import {
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import {
  GetPublicAccessBlockCommand as GetAccountBlock,
  PutPublicAccessBlockCommand as PutAccountBlock,
} from "@aws-sdk/client-s3-control";
import { expect } from "vitest";
import type { Case } from "./case.ts";
import type { Clients } from "./clients.ts";
import { BLOCK_ALL, makeBucket, policyText, tlsOnly, unrelatedPolicy } from "./s3.ts";

const ACLS_ONLY = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};

async function orAbsent<T>(read: Promise<T>): Promise<T | "not set"> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchPublicAccessBlockConfiguration") return "not set";
    throw error;
  }
}

const bucketBlock = ({ s3 }: Clients, Bucket: string) =>
  orAbsent(
    s3.send(new GetPublicAccessBlockCommand({ Bucket })).then((answer) => answer.PublicAccessBlockConfiguration),
  );

const accountBlock = ({ s3control, account }: Clients) =>
  orAbsent(
    s3control.send(new GetAccountBlock({ AccountId: account })).then((answer) => answer.PublicAccessBlockConfiguration),
  );

const versioning = ({ s3 }: Clients, Bucket: string) =>
  s3.send(new GetBucketVersioningCommand({ Bucket })).then(({ Status }) => Status ?? "never on");

/** A bucket's name, which all accounts share. */
const named = (prefix: string, { account }: Clients): string => `${prefix}-${account}`;

const block: Omit<Case, "seed" | "before"> = {
  policy: "s3_bucket_public_access_block",
  remediation: "s3.block-bucket-public-access",
  calls: ({ fail }, { account }) => [
    [
      "s3:PutPublicAccessBlock",
      { Bucket: fail, ExpectedBucketOwner: account, PublicAccessBlockConfiguration: BLOCK_ALL },
    ],
  ],
  undo: ["s3:DeletePublicAccessBlock"],
  after: { PublicAccessBlock: BLOCK_ALL },
  read: (clients, { fail }) => bucketBlock(clients, fail),
  fixed: BLOCK_ALL,
  spoil: ({ s3 }, { fail: Bucket }) =>
    s3.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { ...ACLS_ONLY, BlockPublicPolicy: true },
      }),
    ),
  denied: { service: "s3", operation: "GetPublicAccessBlock", code: "AccessDenied" },
};

const accountCase: Omit<Case, "seed" | "before"> = {
  policy: "s3_account_public_access_block",
  remediation: "s3.block-account-public-access",
  calls: (_made, { account }) => [
    ["s3control:PutPublicAccessBlock", { AccountId: account, PublicAccessBlockConfiguration: BLOCK_ALL }],
  ],
  undo: ["s3control:DeletePublicAccessBlock"],
  after: { PublicAccessBlock: BLOCK_ALL },
  read: accountBlock,
  fixed: BLOCK_ALL,
  spoil: ({ s3control, account }) =>
    s3control.send(
      new PutAccountBlock({
        AccountId: account,
        PublicAccessBlockConfiguration: { ...ACLS_ONLY, RestrictPublicBuckets: true },
      }),
    ),
  denied: { service: "s3control", operation: "GetPublicAccessBlock", code: "AccessDenied" },
};

const version: Omit<Case, "seed" | "before"> = {
  policy: "s3_bucket_versioning",
  remediation: "s3.enable-versioning",
  calls: ({ fail }) => [["s3:PutBucketVersioning", { Bucket: fail, VersioningConfiguration: { Status: "Enabled" } }]],
  undo: ["s3:PutBucketVersioning"],
  after: { Versioning: { Status: "Enabled" } },
  read: (clients, { fail }) => versioning(clients, fail),
  fixed: "Enabled",
  // A bucket that had versioning once can only suspend it.
  restored: "Suspended",
  denied: { service: "s3", operation: "GetBucketVersioning", code: "AccessDenied" },
};

const tls: Omit<Case, "seed" | "before" | "undo"> = {
  policy: "s3_bucket_tls_only",
  remediation: "s3.deny-insecure-transport",
  calls: ({ fail }, { account }) => [["s3:PutBucketPolicy", { Bucket: fail, ExpectedBucketOwner: account }]],
  after: { Policy: expect.stringContaining("EvenkeelDenyInsecureTransport") },
  read: (clients, { fail }) => policyText(clients, fail),
  fixed: expect.stringContaining("EvenkeelDenyInsecureTransport"),
  spoil: ({ s3, account }, { fail: Bucket }) =>
    s3.send(
      new PutBucketPolicyCommand({ Bucket, Policy: unrelatedPolicy(account, Bucket).replace("Readers", "Auditors") }),
    ),
  denied: { service: "s3", operation: "GetBucketPolicy", code: "AccessDenied" },
};

/** Cases by what tells them apart. */
export const S3_CASES: Readonly<Record<string, Case>> = {
  "a bucket without a block": {
    ...block,
    seed: async (clients) => ({
      fail: await makeBucket(clients, named("orders", clients)),
      pass: [await makeBucket(clients, named("ledger", clients), { block: BLOCK_ALL })],
    }),
    before: {},
  },
  "a bucket with half a block": {
    ...block,
    seed: async (clients) => ({
      fail: await makeBucket(clients, named("uploads", clients), { block: ACLS_ONLY }),
      pass: [],
    }),
    undo: ["s3:PutPublicAccessBlock"],
    before: { PublicAccessBlock: ACLS_ONLY },
  },
  "an account without a block": {
    ...accountCase,
    seed: async ({ account }) => ({ fail: account, pass: [] }),
    before: {},
  },
  "an account with half a block": {
    ...accountCase,
    seed: async ({ account, s3control }) => {
      await s3control.send(new PutAccountBlock({ AccountId: account, PublicAccessBlockConfiguration: ACLS_ONLY }));
      return { fail: account, pass: [] };
    },
    undo: ["s3control:PutPublicAccessBlock"],
    before: { PublicAccessBlock: ACLS_ONLY },
  },
  "a bucket that never had versioning": {
    ...version,
    seed: async (clients) => ({
      fail: await makeBucket(clients, named("photos", clients)),
      pass: [await makeBucket(clients, named("backups", clients), { versioning: "Enabled" })],
    }),
    before: { Versioning: {} },
    spoil: ({ s3 }, { fail: Bucket }) =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })),
  },
  "a bucket with suspended versioning": {
    ...version,
    seed: async (clients) => ({
      fail: await makeBucket(clients, named("videos", clients), { versioning: "Suspended" }),
      pass: [],
    }),
    before: { Versioning: { Status: "Suspended" } },
    cannotSpoil: "the only other state is the wanted one",
  },
  "a bucket with a policy about something else": {
    ...tls,
    seed: async (clients) => {
      const [fail, pass] = [named("reports", clients), named("invoices", clients)];
      await makeBucket(clients, fail, { policy: unrelatedPolicy(clients.account, fail) });
      return { fail, pass: [await makeBucket(clients, pass, { policy: tlsOnly(pass) })] };
    },
    undo: ["s3:PutBucketPolicy"],
    before: { Policy: expect.stringContaining("Readers") },
  },
  "a bucket without a policy": {
    ...tls,
    seed: async (clients) => ({ fail: await makeBucket(clients, named("mails", clients)), pass: [] }),
    undo: ["s3:DeleteBucketPolicy"],
    before: {},
  },
};
