import { DeleteTrailCommand } from "@aws-sdk/client-cloudtrail";
import { PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ListAccessKeysCommand } from "@aws-sdk/client-iam";
import { UpdateKeyDescriptionCommand } from "@aws-sdk/client-kms";
import { StopDBInstanceCommand } from "@aws-sdk/client-rds";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "vitest";
import type { Case } from "./case.ts";
import { makeTrail, validationOf } from "./cloudtrail.ts";
import { HOSTILE } from "./hostile.ts";
import {
  keyStatus,
  makeAccessKey,
  passwordPolicy,
  STRONG_PASSWORDS,
  setPasswordPolicy,
  UNEVEN_PASSWORDS,
} from "./iam.ts";
import { makeKey, rotationOf } from "./kms.ts";
import { makeLogGroup, retentionOf } from "./logs.ts";
import { isPublic, makeDatabase } from "./rds.ts";
import { makeBucket } from "./s3.ts";

const key: Case = {
  policy: "kms_key_rotation",
  remediation: "kms.enable-rotation",
  seed: async (clients) => ({
    fail: await makeKey(clients, { Description: HOSTILE }),
    pass: [await makeKey(clients, { Description: "ledger" }, true)],
  }),
  calls: ({ fail }) => [["kms:EnableKeyRotation", { KeyId: fail, RotationPeriodInDays: 365 }]],
  undo: ["kms:DisableKeyRotation"],
  before: { KeyRotationEnabled: false },
  after: { KeyRotationEnabled: true },
  read: (clients, { fail }) => rotationOf(clients, fail),
  fixed: true,
  spoil: ({ kms }, { fail: KeyId }) =>
    kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: "used for payments now" })),
  denied: { service: "kms", operation: "GetKeyRotationStatus", code: "AccessDeniedException" },
};

const passwords: Omit<Case, "seed" | "before" | "undo"> = {
  policy: "iam_password_policy",
  remediation: "iam.set-password-policy",
  calls: () => [
    [
      "iam:UpdateAccountPasswordPolicy",
      { PasswordReusePrevention: 24, RequireSymbols: true, RequireUppercaseCharacters: true },
    ],
  ],
  after: { PasswordPolicy: { PasswordReusePrevention: 24, RequireSymbols: true } },
  read: async (clients) => (await passwordPolicy(clients)) ?? "not set",
  fixed: expect.objectContaining({
    PasswordReusePrevention: 24,
    RequireSymbols: true,
    RequireUppercaseCharacters: true,
  }),
  spoil: (clients) => setPasswordPolicy(clients, { MinimumPasswordLength: 9, RequireNumbers: true }),
  denied: { service: "iam", operation: "GetAccountPasswordPolicy", code: "AccessDenied" },
};

const USER = "ci-deploy";
const accessKey: Case = {
  policy: "iam_access_key_unused",
  remediation: "iam.deactivate-access-key",
  days: 100,
  seed: async (clients) => ({
    fail: await makeAccessKey(clients, USER),
    pass: [await makeAccessKey(clients, "former", false)],
  }),
  calls: ({ fail }) => [["iam:UpdateAccessKey", { UserName: USER, AccessKeyId: fail, Status: "Inactive" }]],
  undo: ["iam:UpdateAccessKey"],
  before: { Status: "Active" },
  after: { Status: "Inactive" },
  read: (clients, { fail }) => keyStatus(clients, USER, fail),
  fixed: "Inactive",
  // Somebody uses the key: moto looks at no secret, and notes the use, which by the engine's clock is still long ago.
  async spoil({ iam }, { fail: accessKeyId }) {
    const endpoint = await iam.config.endpoint?.();
    const url = `http://${endpoint?.hostname}:${endpoint?.port}`;
    const sts = new STSClient({
      endpoint: url,
      region: "us-east-1",
      credentials: { accessKeyId, secretAccessKey: "any" },
    });
    await sts.send(new GetCallerIdentityCommand({}));
    sts.destroy();
    await iam.send(new ListAccessKeysCommand({ UserName: USER }));
  },
  denied: { service: "iam", operation: "GetAccessKeyLastUsed", code: "AccessDenied" },
};

const trail: Case = {
  policy: "cloudtrail_log_file_validation",
  remediation: "cloudtrail.enable-validation",
  seed: async (clients) => {
    const bucket = await makeBucket(clients, `trail-${clients.account}`);
    return {
      fail: await makeTrail(clients, "main", bucket, false),
      pass: [await makeTrail(clients, "audit", bucket, true)],
    };
  },
  calls: ({ fail }, { account, region }) => [
    [
      "cloudtrail:UpdateTrail",
      { Name: `arn:aws:cloudtrail:${region}:${account}:trail/${fail}`, EnableLogFileValidation: true },
    ],
  ],
  undo: ["cloudtrail:UpdateTrail"],
  before: { LogFileValidationEnabled: false },
  after: { LogFileValidationEnabled: true },
  read: (clients, { fail }) => validationOf(clients, fail),
  fixed: true,
  spoil: ({ cloudtrail }, { fail: Name }) => cloudtrail.send(new DeleteTrailCommand({ Name })),
  denied: { service: "cloudtrail", operation: "DescribeTrails", code: "AccessDeniedException" },
};

const database: Case = {
  policy: "rds_instance_public",
  remediation: "rds.disable-public-access",
  seed: async (clients) => ({
    fail: await makeDatabase(clients, "orders", true),
    pass: [await makeDatabase(clients, "ledger", false)],
  }),
  calls: ({ fail }) => [
    ["rds:ModifyDBInstance", { DBInstanceIdentifier: fail, PubliclyAccessible: false, ApplyImmediately: false }],
  ],
  undo: ["rds:ModifyDBInstance"],
  before: { PubliclyAccessible: true },
  after: { PubliclyAccessible: false },
  read: (clients, { fail }) => isPublic(clients, fail),
  fixed: false,
  spoil: ({ rds }, { fail }) => rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: fail })),
  denied: { service: "rds", operation: "DescribeDBInstances", code: "AccessDenied" },
};

const group: Case = {
  policy: "logs_group_retention",
  remediation: "logs.set-retention",
  seed: async (clients) => ({
    fail: await makeLogGroup(clients, "/aws/lambda/orders#1", 30),
    // Its name begins like the failing one's: reading that one again must not find this one.
    pass: [
      await makeLogGroup(clients, "/aws/lambda/orders#10", 400),
      await makeLogGroup(clients, "/aws/lambda/orders"),
    ],
  }),
  calls: ({ fail }) => [["logs:PutRetentionPolicy", { logGroupName: fail, retentionInDays: 365 }]],
  undo: ["logs:PutRetentionPolicy"],
  before: { RetentionInDays: 30 },
  after: { RetentionInDays: 365 },
  read: (clients, { fail }) => retentionOf(clients, fail),
  fixed: 365,
  spoil: ({ logs }, { fail }) => logs.send(new PutRetentionPolicyCommand({ logGroupName: fail, retentionInDays: 60 })),
  denied: { service: "logs", operation: "DescribeLogGroups", code: "AccessDeniedException" },
};

export const OTHER_CASES: Readonly<Record<string, Case>> = {
  "a key without rotation": key,
  "an account without a password policy": {
    ...passwords,
    seed: async ({ account }) => ({ fail: account, pass: [] }),
    undo: ["iam:DeleteAccountPasswordPolicy"],
    before: {},
  },
  "an account with an uneven password policy": {
    ...passwords,
    seed: async (clients) => {
      await setPasswordPolicy(clients, UNEVEN_PASSWORDS);
      return { fail: clients.account, pass: [] };
    },
    undo: ["iam:UpdateAccountPasswordPolicy"],
    before: {
      PasswordPolicy: { MinimumPasswordLength: 30, PasswordReusePrevention: 3, MaxPasswordAge: 90, HardExpiry: true },
    },
    fixed: expect.objectContaining({
      MinimumPasswordLength: 30,
      PasswordReusePrevention: 24,
      MaxPasswordAge: 90,
      HardExpiry: true,
      RequireSymbols: true,
    }),
  },
  "an account whose password policy lacks one thing": {
    ...passwords,
    seed: async (clients) => {
      const { PasswordReusePrevention: _one, ...rest } = STRONG_PASSWORDS;
      await setPasswordPolicy(clients, rest);
      return { fail: clients.account, pass: [] };
    },
    undo: ["iam:UpdateAccountPasswordPolicy"],
    before: { PasswordPolicy: { MinimumPasswordLength: 20 } },
  },
  "an access key that nobody uses": accessKey,
  "a trail without validation": trail,
  "a public database": database,
  "a log group that forgets early": group,
};
