/** `ec2:DescribeRegions` as AWS filters it, over a list of regions that a test may replace. */
import { type Partition, type WireContext, WireError } from "./types.ts";

export interface WireRegion {
  readonly name: string;
  readonly optIn: "opt-in-not-required" | "opted-in" | "not-opted-in";
}

interface DescribeRegionsInput {
  readonly RegionNames?: readonly string[];
  readonly AllRegions?: boolean;
  readonly Filters?: readonly { readonly Name?: string; readonly Values?: readonly string[] }[];
}

const always = (...names: string[]): WireRegion[] => names.map((name) => ({ name, optIn: "opt-in-not-required" }));

/** A small but honest choice per partition: enabled ones, one opted into, one not. */
const DEFAULTS: Readonly<Record<Partition, readonly WireRegion[]>> = {
  aws: [
    ...always("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"),
    { name: "eu-south-1", optIn: "opted-in" },
    { name: "af-south-1", optIn: "not-opted-in" },
  ],
  "aws-us-gov": always("us-gov-west-1", "us-gov-east-1"),
  "aws-cn": always("cn-north-1", "cn-northwest-1"),
};

/** Without `AllRegions`, regions that are not opted in are left out, as EC2 does. */
export function describeRegions(given: readonly WireRegion[] | undefined) {
  return (input: DescribeRegionsInput, context: WireContext) => {
    const known = given ?? DEFAULTS[context.partition];
    const names = input.RegionNames;
    const unknown = names?.filter((name) => !known.some((region) => region.name === name)) ?? [];
    if (unknown.length > 0) {
      throw new WireError("InvalidParameterValue", `Invalid region names: ${unknown.join(", ")}`);
    }
    const suffix = context.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
    const all = known.map((region) => ({
      RegionName: region.name,
      OptInStatus: region.optIn,
      Endpoint: `ec2.${region.name}.${suffix}`,
    }));
    const kept = all.filter(
      (region) =>
        (names === undefined || names.includes(region.RegionName)) &&
        (input.AllRegions || region.OptInStatus !== "not-opted-in") &&
        (input.Filters ?? []).every((filter) => (filter.Values ?? []).includes(filtered(region, filter.Name))),
    );
    return { Regions: kept };
  };
}

function filtered(region: { RegionName: string; OptInStatus: string; Endpoint: string }, filter: string | undefined) {
  if (filter === "region-name") return region.RegionName;
  if (filter === "opt-in-status") return region.OptInStatus;
  if (filter === "endpoint") return region.Endpoint;
  throw new WireError("InvalidParameterValue", `The filter '${filter}' is invalid`);
}
