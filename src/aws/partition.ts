import type { Service } from "./services.ts";

/** Where STS is asked and regions are listed: a region that every account of the partition has. */
const MAIN_REGION: Readonly<Record<string, string>> = {
  aws: "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
  "aws-iso": "us-iso-east-1",
  "aws-iso-b": "us-isob-east-1",
  "aws-eusc": "eusc-de-east-1",
};

/** The regions of the partitions that a configuration may name, as the SDK knows them; a test compares. */
const REGIONS: Readonly<Record<string, readonly string[]>> = {
  aws: [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "me-west-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
  ],
  "aws-cn": ["cn-north-1", "cn-northwest-1"],
  "aws-us-gov": ["us-gov-east-1", "us-gov-west-1"],
};

/** The partition's regions as far as this version knows them, sorted; none for a partition that no configuration names. */
export function regionsOf(partition: string): readonly string[] {
  return Object.hasOwn(REGIONS, partition) ? (REGIONS[partition] ?? []) : [];
}

export function mainRegion(partition: string): string {
  return MAIN_REGION[partition] ?? "us-east-1";
}

/** The partition that a region lies in, by its name. */
export function partitionOfRegion(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("us-isob-")) return "aws-iso-b";
  if (region.startsWith("us-iso-")) return "aws-iso";
  if (region.startsWith("eusc-")) return "aws-eusc";
  return "aws";
}

/** The partition named by an ARN; undefined where the text is none. */
export function partitionOfArn(arn: string): string | undefined {
  return /^arn:([a-z][a-z0-9-]*):/.exec(arn)?.[1];
}

/** `name` may hold the role's path (`ops/evenkeel-read`). */
export function roleArn(partition: string, account: string, name: string): string {
  return `arn:${partition}:iam::${account}:role/${name.replace(/^\/+/, "")}`;
}

/**
 * The region a call is really sent to and signed for. Global services have one home in each partition, whatever region
 * was asked for; resources without a region ("" or "global") are asked for in the partition's main region.
 */
export function callRegion(service: Service, region: string, partition: string): string {
  if (service.global !== undefined) {
    const home = Object.entries(service.global).find(([name]) => name === partition)?.[1];
    if (home !== undefined) return home;
  }
  return region === "" || region === "global" ? mainRegion(partition) : region;
}

/**
 * The region STS is asked in: the runner's own where it lies in the partition. Regional STS gives sessions that opt-in
 * regions accept too.
 */
export function stsRegion(partition: string, env: Readonly<Record<string, string | undefined>>): string {
  const own = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || "";
  return own !== "" && partitionOfRegion(own) === partition ? own : mainRegion(partition);
}
