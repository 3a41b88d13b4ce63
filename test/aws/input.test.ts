import { expect, test } from "vitest";
import { at, isPaged, withOwner, withPageSize } from "../../src/aws/input.ts";
import type { JsonObject } from "../../src/types/json.ts";
import type { Operation } from "../../src/types/operation.ts";
import { models } from "./connection.ts";

function operation(service: string, name: string): Operation {
  const found = models.operation(service, name);
  if (found === undefined) throw new Error(`no ${service}:${name}`);
  return found;
}
const sized = (service: string, name: string, input: JsonObject = {}) => withPageSize(operation(service, name), input);

test("every S3 operation that can say whose bucket it expects does so", () => {
  const takes = models
    .operations("s3")
    .map((name) => operation("s3", name))
    .filter(({ input }) => input.members.has("ExpectedBucketOwner"));
  expect(takes.length).toBeGreaterThan(60);
  for (const each of takes)
    expect(withOwner(each, "222222222222", {})).toEqual({ ExpectedBucketOwner: "222222222222" });
  expect(withOwner(operation("s3", "ListBuckets"), "222222222222", {})).toEqual({});
  expect(withOwner(operation("s3control", "PutPublicAccessBlock"), "222222222222", {})).toEqual({
    AccountId: "222222222222",
  });
  const account = models
    .operations("account")
    .map((name) => operation("account", name))
    .find(({ input }) => input.members.has("AccountId"));
  expect(account && withOwner(account, "222222222222", {}), "AccountId means another thing elsewhere").toEqual({});
});

test("page sizes are set where they are known to be taken, and never beside IDs", () => {
  expect(sized("ec2", "DescribeSnapshots", { OwnerIds: ["self"] })).toEqual({ OwnerIds: ["self"], MaxResults: 1000 });
  expect(sized("ec2", "DescribeInstances", { InstanceIds: ["i-1"] })).toEqual({ InstanceIds: ["i-1"] });
  expect(sized("ec2", "DescribeInstances", { MaxResults: 5 })).toEqual({ MaxResults: 5 });
  expect(sized("ec2", "DescribeInstanceTypes")).toEqual({});
  expect(sized("ec2", "DescribeRouteTables")).toEqual({ MaxResults: 100 });
  expect(sized("iam", "GetAccountAuthorizationDetails")).toEqual({ MaxItems: 1000 });
  expect(sized("s3", "ListBuckets")).toEqual({ MaxBuckets: 1000 });
  expect(sized("rds", "DescribeDBInstances")).toEqual({});
  expect(sized("ec2", "DescribeRegions")).toEqual({});
});

test("the page sizes' operations exist and are paged", () => {
  for (const name of [
    "DescribeVolumes",
    "DescribeTags",
    "DescribeVpcEndpoints",
    "DescribeFlowLogs",
    "DescribeNatGateways",
  ]) {
    expect(sized("ec2", name), name).toEqual({ MaxResults: 1000 });
  }
});

test("paged or filtered calls are told from whole ones", () => {
  expect(isPaged(operation("ec2", "DescribeVpcs"), { MaxResults: 1000 })).toBe(true);
  expect(isPaged(operation("ec2", "DescribeVpcs"), { Filters: [] })).toBe(true);
  expect(isPaged(operation("ec2", "DescribeVpcs"), { VpcIds: ["v"] })).toBe(false);
});

test("a dotted path leads through objects only", () => {
  const output = { DistributionList: { NextMarker: "m" }, List: [1] };
  expect(at(output, "DistributionList.NextMarker")).toBe("m");
  expect(at(output, "DistributionList.Other.Deep")).toBeUndefined();
  expect(at(output, "List.length")).toBeUndefined();
  expect(at(output, "constructor")).toBeUndefined();
});
