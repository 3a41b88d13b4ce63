import { CreateVolumeCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateBucketCommand,
  GetBucketVersioningCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createReader } from "../../src/aws/reader.ts";
import { DEFAULT_GUARDS, DEFAULT_REPORT } from "../../src/catalogue/config.ts";
import { demandsOf } from "../../src/catalogue/demand.ts";
import { type PolicyDocument, readPolicy, remediatePolicy } from "../../src/catalogue/iam.ts";
import { trustPolicy } from "../../src/catalogue/iam-trust.ts";
import { defaults } from "../../src/catalogue/params.ts";
import { exceptFindings, readTags } from "../../src/plan/exceptions.ts";
import { scan } from "../../src/scan/scan.ts";
import type { Config } from "../../src/types/catalogue.ts";
import type { Exception, ExceptionsState } from "../../src/types/exception.ts";
import type { Gap } from "../../src/types/scan.ts";
import { connectTo } from "../aws/connection.ts";
import { assumeRole, type Credentials, clientConfig, createRole, rootCredentials } from "../support/accounts.ts";
import { exception } from "../support/exceptions.ts";
import { startMinistack } from "../support/ministack.ts";
import type { Emulator } from "../support/ports.ts";
import { models, policyOf, shipped } from "./demand-catalogue.ts";

/** The printed roles against an emulator that enforces IAM: they suffice, and they are no more than what suffices. */
const [ACCOUNT, HUB] = ["111111111111", "999999999999"] as const;
const REGION = "us-east-1";
const IDS = [
  "s3_bucket_versioning",
  "s3_bucket_tls_only",
  "ebs_volume_unattached",
  "iam_access_key_unused",
  "logs_group_retention",
];
const demands = demandsOf(IDS.map((id) => policyOf(shipped(), id)));
const read = readPolicy(demands, shipped().types, models, { regions: "enabled" });
const byTag = demands.map((one) => ({ ...one, exceptedByTag: one.policy.file.id === "s3_bucket_versioning" }));
const tagged = readPolicy(byTag, shipped().types, models, { regions: "enabled" });
const remediate = remediatePolicy(demands, models, { partition: "aws" });

let emulator: Emulator;
let hub: Credentials;

beforeAll(async () => {
  emulator = await startMinistack({ auth: true });
  const root = await rootCredentials(emulator, HUB);
  const own = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" }] };
  const principal = await createRole(emulator, HUB, {
    name: "hub",
    trust: trustPolicy({ principal: HUB, partition: "aws" }),
    policy: own,
  });
  hub = await assumeRole(emulator, root, { roleArn: principal });
  const trust = (externalId: string) => trustPolicy({ principal, externalId, partition: "aws" });
  await makeRole("evenkeel-read", trust("ext-read"), read.documents);
  await makeRole("evenkeel-remediate", trust("ext-fix"), remediate.documents);
  await makeRole("evenkeel-tags", trust("ext-read"), tagged.documents);
  await makeRole("evenkeel-blind", trust("ext-read"), without(read.documents, "s3:GetBucketVersioning"));
  const there = clientConfig(emulator.url, await rootCredentials(emulator, ACCOUNT));
  const [s3, ec2] = [new S3Client(there), new EC2Client(there)];
  await s3.send(new CreateBucketCommand({ Bucket: "printed-roles" }));
  const tags = { TagSet: [{ Key: "stage", Value: "old" }] };
  await s3.send(new PutBucketTaggingCommand({ Bucket: "printed-roles", Tagging: tags }));
  await ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1 }));
  s3.destroy();
  ec2.destroy();
});
afterAll(() => emulator.stop());

async function makeRole(name: string, trust: object, documents: readonly PolicyDocument[]): Promise<void> {
  const [policy] = documents;
  if (policy === undefined || documents.length > 1) throw new Error("one inline policy is what the helper takes");
  await createRole(emulator, ACCOUNT, { name, trust, policy });
}

function without(documents: readonly PolicyDocument[], action: string): PolicyDocument[] {
  return documents.map((document) => ({
    ...document,
    Statement: document.Statement.map((one) => ({ ...one, Action: one.Action.filter((name) => name !== action) })),
  }));
}

async function scanWith(
  role: string,
  exceptions: readonly Exception[] = [],
): Promise<{ gaps: readonly Gap[]; resources: number; exceptions: ExceptionsState }> {
  const roles = { read: { name: role, external_id: "ext-read" }, remediate: { name: "evenkeel-remediate" } };
  const { connection } = connectTo(emulator.url, { roles, baseCredentials: async () => hub });
  const account = { id: ACCOUNT, name: "one", labels: {} };
  const config: Config = {
    version: 1,
    accounts: [account],
    regions: "enabled",
    partition: "aws",
    roles,
    policies: [],
    guards: DEFAULT_GUARDS,
    changes: { windows: [], freezes: [] },
    plan_ttl: "7d",
    report: DEFAULT_REPORT,
  };
  const reader = createReader(connection);
  try {
    const policies = demands.map(({ policy }) => ({
      policy,
      account,
      mode: "approve" as const,
      severity: policy.file.severity,
      params: defaults(policy.file.params),
      remediationParams: defaults(policy.remediation?.file.params),
      allowDestructive: true,
      entry: policy.location,
    }));
    const now = new Date().toISOString();
    const found = await scan({
      config,
      policies,
      types: shipped().types,
      aws: { ...reader, regions: async (id) => (await reader.regions(id)).filter((name) => name === REGION) },
      homeRegion: REGION,
      toPlan: true,
      now,
    });
    await readTags(found.failing, exceptions);
    const scope = { scanned: policies, configured: policies, allRegions: true };
    return { ...found.coverage, exceptions: exceptFindings(found, exceptions, scope, now).exceptions };
  } finally {
    connection.close();
  }
}

const denied = ({ code }: Gap): boolean => /denied|unauthorized|forbidden|AssumeRole/i.test(code);

test("the printed read role suffices for a scan with every field that checks and remediations read", async () => {
  const { gaps, resources } = await scanWith("evenkeel-read");
  expect(gaps.filter(denied)).toEqual([]);
  expect(resources).toBeGreaterThanOrEqual(2);
});

test("without one of its actions the scan has a gap that names it, so that the emulator proves something", async () => {
  const { gaps } = await scanWith("evenkeel-blind");
  const [gap, ...more] = gaps.filter(denied);
  expect(more).toEqual([]);
  expect(gap).toMatchObject({ operation: "s3:GetBucketVersioning", policies: ["s3_bucket_versioning"] });
  expect(gap?.remedy).toContain("s3:GetBucketVersioning");
});

test("with an exception by tag the printed role reads the tags; without that action the exception does not count", async () => {
  const byTag = exception({ tag: { stage: "old" } }, { policy: "s3_bucket_versioning", expires: "2999-01-01" });
  const able = await scanWith("evenkeel-tags", [byTag]);
  expect(able.gaps.filter(denied)).toEqual([]);
  expect(able.exceptions).toMatchObject({ excepted: 1, unreadable: [] });
  const blind = await scanWith("evenkeel-read", [byTag]);
  expect(blind.exceptions).toMatchObject({ excepted: 0, unreadable: [{ findings: 1 }] });
});

test("each role does its own and is denied the other's", async () => {
  const session = async (role: string, externalId: string) =>
    new S3Client(
      clientConfig(
        emulator.url,
        await assumeRole(emulator, hub, { roleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`, externalId }),
      ),
    );
  const looker = await session("evenkeel-read", "ext-read");
  const fixer = await session("evenkeel-remediate", "ext-fix");
  const look = new GetBucketVersioningCommand({ Bucket: "printed-roles" });
  const fix = new PutBucketVersioningCommand({
    Bucket: "printed-roles",
    VersioningConfiguration: { Status: "Enabled" },
  });
  await expect(looker.send(fix)).rejects.toMatchObject({ name: "AccessDenied" });
  await expect(fixer.send(look)).rejects.toMatchObject({ name: "AccessDenied" });
  await fixer.send(fix);
  expect((await looker.send(look)).Status).toBe("Enabled");
  looker.destroy();
  fixer.destroy();
});

test("the trust policy lets in nobody without the ExternalId of that role, and nobody but the principal", async () => {
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/evenkeel-remediate`;
  await expect(assumeRole(emulator, hub, { roleArn })).rejects.toThrow();
  await expect(assumeRole(emulator, hub, { roleArn, externalId: "ext-read" })).rejects.toThrow();
  const stranger = await rootCredentials(emulator, "333333333333");
  await expect(assumeRole(emulator, stranger, { roleArn, externalId: "ext-fix" })).rejects.toThrow();
  await expect(assumeRole(emulator, hub, { roleArn, externalId: "ext-fix" })).resolves.toHaveProperty("accessKeyId");
});
