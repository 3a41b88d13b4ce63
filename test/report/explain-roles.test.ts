import { expect, test } from "vitest";
import { parse } from "yaml";
import { demandsOf } from "../../src/catalogue/demand.ts";
import { readPolicy, remediatePolicy } from "../../src/catalogue/iam.ts";
import { journalPolicy } from "../../src/catalogue/iam-hub.ts";
import { type RolesInput, rolesCloudFormation, rolesJson } from "../../src/report/explain-roles.ts";
import { models, policyOf, shipped } from "../catalogue/demand-catalogue.ts";

const demands = demandsOf(shipped().policies.values());
const input: RolesInput = {
  partition: "aws",
  roles: {
    read: { name: "evenkeel-read", external_id: "r-1" },
    remediate: { name: "evenkeel-remediate", external_id: "w-1" },
  },
  read: readPolicy(demands, shipped().types, models, { regions: "enabled" }),
  remediate: remediatePolicy(demands, models, { partition: "aws" }),
  principal: "arn:aws:iam::999999999999:role/hub",
};

test("JSON holds both roles with their documents, trust and the calls behind them", () => {
  expect(rolesJson(input)).toMatchObject({
    version: 1,
    read: {
      role: "evenkeel-read",
      trust: { Statement: [{ Condition: { StringEquals: { "sts:ExternalId": "r-1" } } }] },
      policies: input.read.documents,
      calls: input.read.calls,
    },
    remediate: {
      role: "evenkeel-remediate",
      trust: { Statement: [{ Condition: { StringEquals: { "sts:ExternalId": "w-1" } } }] },
      policies: input.remediate.documents,
    },
  });
});

test("what the calling role needs for the journal stands apart from both roles, and only where there is a bucket", () => {
  const hub = journalPolicy({ bucket: "b", account: "999999999999", region: "eu-west-1", prefix: "evenkeel/" }, "aws");
  expect(rolesJson({ ...input, hub })).toMatchObject({ hub: { policies: [hub] } });
  expect(rolesJson(input)).not.toHaveProperty("hub");
  const template = rolesCloudFormation({ ...input, hub });
  expect(template).toMatch(/^# hub role \(the principal\): it also needs/m);
  expect(template).not.toContain("s3:if-none-match");
});

test("without a principal there is no trust policy to print, and a missing ExternalId is said", () => {
  const { principal: _, ...rest } = input;
  const json = rolesJson({ ...rest, roles: { ...input.roles, read: { name: "evenkeel-read" } } });
  expect(json).not.toHaveProperty("read.trust");
  expect(JSON.stringify(json)).toContain("roles.read.external_id is not set");
});

test("the template holds the same policies, attached to the role they are for, with parameters for trust", () => {
  const template = parse(rolesCloudFormation({ ...input, tagSession: true }), { version: "1.1" });
  const { Resources, Parameters, Conditions } = template;
  expect(Resources.ReadPolicy1.Properties.PolicyDocument).toEqual(input.read.documents[0]);
  expect(Resources.ReadRole.Properties).toMatchObject({
    RoleName: "evenkeel-read",
    ManagedPolicyArns: [{ Ref: "ReadPolicy1" }],
  });
  expect(Resources.RemediateRole.Properties.ManagedPolicyArns).toEqual([{ Ref: "RemediatePolicy1" }]);
  const [assume, naming] = Resources.RemediateRole.Properties.AssumeRolePolicyDocument.Statement;
  expect(assume.Principal).toEqual({ AWS: { Ref: "Principals" } });
  expect(assume.Condition["Fn::If"][1]).toEqual({ StringEquals: { "sts:ExternalId": { Ref: "RemediateExternalId" } } });
  expect(naming).not.toHaveProperty("Condition");
  expect(Parameters.Principals.Default).toBe(input.principal);
  expect(Parameters.ReadExternalId.Default).toBe("r-1");
  for (const name of ["HasReadExternalId", "HasRemediateExternalId"]) expect(Conditions).toHaveProperty(name);
});

test("every reference of the template leads somewhere", () => {
  const text = rolesCloudFormation(input);
  const { Resources, Parameters, Conditions } = parse(text);
  const references = [...text.matchAll(/Ref: (\S+)/g)].map(([, name = ""]) => name);
  expect(references.length).toBeGreaterThan(6);
  for (const name of references) {
    expect(name === "AWS::NoValue" || name in Resources || name in Parameters, name).toBe(true);
  }
  for (const [, name = ""] of text.matchAll(/Fn::If:\s+- (\S+)/g)) expect(Conditions).toHaveProperty(name);
});

test("a role that needs nothing has no policies, and the output says so", () => {
  const reporting = demandsOf([policyOf(shipped(), "s3_bucket_versioning")]).map((one) => ({
    ...one,
    plans: false,
    applies: false,
  }));
  const nothing = { ...input, remediate: remediatePolicy(reporting, models, { partition: "aws" }) };
  expect(parse(rolesCloudFormation(nothing)).Resources.RemediateRole.Properties.ManagedPolicyArns).toEqual([]);
  expect(rolesCloudFormation(nothing)).toContain("# the remediation role needs no rights");
});
