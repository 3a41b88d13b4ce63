/** A small company in an emulator: in every account and region something that violates each policy, something that does not, and odd things. */
import type { Target } from "../accounts.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { seedTrails } from "./cloudtrail.ts";
import { seedEbsDefault, seedInstances, seedVolumes } from "./ec2.ts";
import type { Expected } from "./expected.ts";
import { seedAccessKeys, seedPasswordPolicy } from "./iam.ts";
import { seedKeys } from "./kms.ts";
import { seedLogGroups } from "./logs.ts";
import { seedDatabases } from "./rds.ts";
import { createRoles } from "./roles.ts";
import { makeBucket, seedAccountBlock, seedBuckets } from "./s3.ts";
import { seedRules, seedVpcs } from "./vpc.ts";

export interface WorldOptions {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** The account that calls. */
  readonly caller?: string;
  /**
   * Whether the scan's clock is so far ahead (100 days) that unattached volumes and unused keys are old. What is made in an emulator is new,
   * and nobody can make it older.
   */
  readonly old: boolean;
}

/** Seeds all accounts and regions; resolves to what a scan of all sixteen policies has to find, complete. */
export async function seedWorld(emulator: Target, options: WorldOptions): Promise<Expected[]> {
  const found = await Promise.all(
    options.accounts.map((account, index) => seedAccount(emulator, account, index, options)),
  );
  return found.flat();
}

/** Accounts differ in what an account has only one of: the first has none of it, the second a half, further ones all. */
async function seedAccount(
  emulator: Target,
  account: string,
  index: number,
  options: WorldOptions,
): Promise<Expected[]> {
  const { caller = "999999999999", regions, old } = options;
  await createRoles(emulator, account, { caller });
  const home = await clientsOf(emulator, account);
  const found: Expected[] = [];
  try {
    const archive = await makeBucket(home, archiveBucket(account), {});
    found.push(...(await seedPasswordPolicy(home, index === 0 ? "none" : index === 1 ? "uneven" : "strong")));
    found.push(...(await seedAccountBlock(home, index === 1 ? "half" : "none")));
    found.push(...(await seedAccessKeys(home, old)));
    found.push(...(await seedBuckets(home)));
    for (const policy of ["s3_bucket_public_access_block", "s3_bucket_versioning", "s3_bucket_tls_only"]) {
      found.push({ policy, account, region: "us-east-1", resource: archive, status: "fail" });
    }
    for (const [at, region] of regions.entries()) {
      const clients = await clientsOf(emulator, account, region);
      found.push(...(await seedRegion(clients, archive, old, at === 1)));
      clients.destroy();
    }
    return found;
  } finally {
    home.destroy();
  }
}

async function seedRegion(clients: Clients, archive: string, old: boolean, encrypted: boolean): Promise<Expected[]> {
  const parts = await Promise.all([
    seedEbsDefault(clients, encrypted),
    seedInstances(clients),
    seedVolumes(clients, old),
    seedRules(clients),
    seedVpcs(clients, archive),
    seedKeys(clients),
    seedTrails(clients, archive),
    seedDatabases(clients),
    seedLogGroups(clients),
  ]);
  return parts.flat();
}

/** The bucket that trails and flow logs of an account go to; it has nothing of what policies ask of buckets. */
export const archiveBucket = (account: string): string => `archive-${account}`;

/** Configuration of a world: every policy that ships, all of them with fixes. */
export function worldConfig(accounts: readonly string[], regions: readonly string[]) {
  return {
    accounts: accounts.map((id, index) => ({
      id,
      name: `team-${index + 1}`,
      labels: { stage: index === 0 ? "prod" : "dev" },
    })),
    regions,
    policies: [
      { pack: "essentials" },
      {
        use: "vpc_flow_logs",
        mode: "approve",
        remediation_params: { destination_bucket_arn: "arn:aws:s3:::archive-${account.id}" },
      },
      { use: "ebs_volume_unattached", allow_destructive: true },
    ],
    guards: { per_policy: 100, per_account: 1000, per_run: 1000, percent: 100 },
  };
}
