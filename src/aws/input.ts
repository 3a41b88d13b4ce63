import type { Json, JsonObject } from "../types/json.ts";
import type { Operation } from "../types/operation.ts";

/**
 * The input with the owner put in wherever S3 takes one. A bucket's name is global and may belong to somebody else
 * tomorrow: with ExpectedBucketOwner AWS refuses such a call instead of answering, or changing, a stranger's bucket. S3
 * Control needs the account in each call.
 */
export function withOwner(operation: Operation, account: string, input: JsonObject): JsonObject {
  const name =
    operation.service === "s3" ? "ExpectedBucketOwner" : operation.service === "s3control" ? "AccountId" : undefined;
  if (name === undefined || input[name] !== undefined || !operation.input.members.has(name)) return input;
  return { ...input, [name]: account };
}

/** What may stand beside a page size; IDs may not ("MaxResults may not be specified together with InstanceIds"). */
const NARROWING: ReadonlySet<string> = new Set([
  "ExecutableUsers",
  "Filters",
  "OwnerIds",
  "Owners",
  "RestorableByUserIds",
  "ExpectedBucketOwner",
]);

/** EC2 operations by the largest page they take; others keep AWS's own size, as each refuses a number above its own. */
const EC2_PAGES: ReadonlyMap<string, number> = new Map([
  ...[
    "DescribeFlowLogs",
    "DescribeImages",
    "DescribeInstances",
    "DescribeInternetGateways",
    "DescribeNatGateways",
    "DescribeNetworkAcls",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroupRules",
    "DescribeSecurityGroups",
    "DescribeSnapshots",
    "DescribeSubnets",
    "DescribeTags",
    "DescribeVolumes",
    "DescribeVpcEndpoints",
    "DescribeVpcPeeringConnections",
    "DescribeVpcs",
  ].map((name) => [name, 1000] as const),
  ["DescribeRouteTables", 100],
]);

/**
 * The input of the first page, with the largest page size that AWS is known to take; unpaged EC2 calls draw from a
 * smaller bucket.
 */
export function withPageSize(operation: Operation, input: JsonObject): JsonObject {
  const member = operation.pagination?.pageSize;
  if (member === undefined || input[member] !== undefined) return input;
  if (!Object.keys(input).every((name) => NARROWING.has(name))) return input;
  const size = pageSize(operation);
  return size === undefined ? input : { ...input, [member]: size };
}

function pageSize(operation: Operation): number | undefined {
  if (operation.service === "ec2") return EC2_PAGES.get(operation.operation);
  if (operation.service === "iam") return 1000;
  // Also the only way to be told each bucket's region.
  if (operation.service === "s3" && operation.operation === "ListBuckets") return 1000;
  return undefined;
}

/** Whether a call is a page, or narrowed by filters: EC2 lets such calls run twice as fast. */
export function isPaged(operation: Operation, input: JsonObject): boolean {
  const size = operation.pagination?.pageSize;
  return (size !== undefined && input[size] !== undefined) || input["Filters"] !== undefined;
}

/** The value at a dotted path (`DistributionList.NextMarker`). */
export function at(output: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = output;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !isObject(value)) return undefined;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

function isObject(value: JsonObject | readonly Json[]): value is JsonObject {
  return !Array.isArray(value);
}
