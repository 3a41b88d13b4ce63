import { expect, test } from "vitest";
import { createModels } from "../../../src/aws/models/models.ts";
import type { Shape, StructureShape } from "../../../src/types/shape.ts";
import { models, readGenerated } from "./known.ts";

function kinds(structure: StructureShape | undefined): Record<string, string> {
  return Object.fromEntries([...(structure?.members ?? [])].map(([name, member]) => [name, member.shape.kind]));
}

test("an operation has the types, the actions and the class that AWS gives it", () => {
  const operation = models.operation("s3", "PutPublicAccessBlock");
  expect(operation?.input.name).toBe("s3.PutPublicAccessBlockRequest");
  expect(kinds(operation?.input)).toMatchObject({ Bucket: "string", PublicAccessBlockConfiguration: "structure" });
  expect([...(operation?.input.members ?? [])].filter(([, m]) => m.required).map(([name]) => name)).toEqual([
    "Bucket",
    "PublicAccessBlockConfiguration",
  ]);
  expect(operation?.iam).toEqual(["s3:PutBucketPublicAccessBlock"]);
  expect(operation?.reads).toBe(false);
  expect(models.operation("s3", "GetPublicAccessBlock")?.reads).toBe(true);
  expect(models.operation("s3control", "GetPublicAccessBlock")?.iam).toEqual(["s3:GetAccountPublicAccessBlock"]);
});

test("what does not exist is undefined, also by the names of JavaScript's own members", () => {
  expect(models.operation("s3", "GetPublicAccesBlock")).toBeUndefined();
  expect(models.operation("s4", "GetObject")).toBeUndefined();
  expect(models.operation("s3", "constructor")).toBeUndefined();
  expect(models.operations("s4")).toEqual([]);
  expect(models.iamAction("s3:ListBuckets")).toBeUndefined();
  expect(models.structure("s3.Nothing")).toBeUndefined();
});

test("scalars keep their kinds: dates, bytes, whole numbers and fractions", () => {
  expect(kinds(models.operation("kms", "GetPublicKey")?.output)).toMatchObject({ PublicKey: "blob", KeyId: "string" });
  expect(kinds(models.structure("cloudwatch.MetricAlarm"))).toMatchObject({
    Threshold: "double",
    Period: "integer",
    ActionsEnabled: "boolean",
    AlarmArn: "string",
    AlarmConfigurationUpdatedTimestamp: "timestamp",
    Dimensions: "list",
  });
  expect(models.structure("cloudwatch.MetricDataResult")?.members.get("Values")?.shape).toEqual({
    kind: "list",
    element: { kind: "double" },
  });
  expect(kinds(models.operation("lambda", "GetFunctionConfiguration")?.output)["MemorySize"]).toBe("integer");
});

test("a structure that contains itself is one object", () => {
  const statement = models.structure("wafv2.Statement");
  const not = statement?.members.get("NotStatement")?.shape;
  expect(not?.kind === "structure" ? not.members.get("Statement")?.shape : undefined).toBe(statement);
});

test("secrets inside lists and maps and our own marks make a member sensitive", () => {
  expect(models.structure("lambda.EnvironmentResponse")?.members.get("Variables")?.sensitive).toBe(true);
  expect(models.structure("ssm.Parameter")?.members.get("Value")?.sensitive).toBe(true);
  expect(models.structure("ec2.InstanceAttribute")?.members.get("UserData")?.sensitive).toBe(true);
  expect(models.structure("ec2.InstanceAttribute")?.members.get("InstanceType")?.sensitive).toBe(false);
});

test("a token that the SDK makes up is not required, an account that the host name needs is", () => {
  const token = models.operation("ec2", "CreateClientVpnRoute")?.input.members.get("ClientToken");
  expect(token?.required).toBe(false);
  expect(models.operation("s3control", "GetPublicAccessBlock")?.input.members.get("AccountId")?.required).toBe(true);
});

test("pages are known, from the SDK or from the model", () => {
  const pages = (service: string, operation: string) => models.operation(service, operation)?.pagination;
  expect(pages("ec2", "DescribeInstances")).toEqual({
    inputToken: "NextToken",
    outputToken: "NextToken",
    pageSize: "MaxResults",
  });
  expect(pages("cloudfront", "ListDistributions")?.outputToken).toBe("DistributionList.NextMarker");
  expect(pages("cloudfront", "ListCachePolicies")?.outputToken).toBe("CachePolicyList.NextMarker");
  expect(pages("events", "ListRules")).toEqual({
    inputToken: "NextToken",
    outputToken: "NextToken",
    pageSize: "Limit",
  });
  expect(pages("route53", "ListReusableDelegationSets")?.outputToken).toBe("NextMarker");
  expect(pages("s3", "GetBucketPolicy")).toBeUndefined();
  expect(pages("route53", "ListResourceRecordSets")).toBeUndefined();
});

test("the known values of a text", () => {
  expect(models.enumOf("s3.VersioningConfiguration", "Status")).toEqual(["Enabled", "Suspended"]);
  expect(models.enumOf("s3.PutBucketVersioningRequest", "Bucket")).toBeUndefined();
  expect(models.enumOf("ec2.Instance", "InstanceType")).toContain("t3.micro");
  expect(models.enumOf("s3.CORSRule", "AllowedMethods")).toBeUndefined();
  expect(models.enumOf("s3.QueueConfiguration", "Events")).toContain("s3:ObjectCreated:*");
});

test("every type of every operation can be built, and two of one name are the same", () => {
  const byName = new Map<string, StructureShape>();
  let operations = 0;
  const visit = (shape: Shape): void => {
    if (shape.kind === "list") visit(shape.element);
    else if (shape.kind === "map") visit(shape.value);
    if (shape.kind !== "structure") return;
    const known = byName.get(shape.name);
    if (known !== undefined) {
      expect(known).toBe(shape);
      return;
    }
    byName.set(shape.name, shape);
    for (const member of shape.members.values()) visit(member.shape);
  };
  for (const service of models.services()) {
    for (const name of models.operations(service)) {
      const operation = models.operation(service, name);
      operations += 1;
      if (operation === undefined) throw new Error(`${service}:${name}`);
      visit(operation.input);
      visit(operation.output);
    }
  }
  expect(models.services()).toHaveLength(40);
  expect(operations).toBeGreaterThan(3800);
});

test("a file is read when it is needed and once", () => {
  const asked: string[] = [];
  const fresh = createModels((file) => {
    asked.push(file);
    return readGenerated(file);
  });
  expect(asked).toEqual([]);
  fresh.operation("s3", "GetObject");
  fresh.operation("s3", "ListBuckets");
  fresh.iamActions("s3");
  expect(asked).toEqual(["models/s3.json", "iam.json"]);
});

test("a missing or outdated file is an error that says what to do", () => {
  expect(() => createModels(() => undefined).operation("s3", "GetObject")).toThrow(
    /models\/s3\.json is missing.*generate/,
  );
  expect(() => createModels(() => '{"format":0}').operation("s3", "GetObject")).toThrow(/out of date.*generate/);
});
