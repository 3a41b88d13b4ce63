import { stringify } from "yaml";
import type { PolicyDocument, RolePolicy } from "../catalogue/iam.ts";
import { trustPolicy } from "../catalogue/iam-trust.ts";
import { toJson } from "../json.ts";
import type { RoleConfig } from "../types/catalogue.ts";
import type { Json } from "../types/json.ts";

/** The two roles of an account: what each may do, and who may assume it. */
export interface RolesInput {
  readonly partition: string;
  readonly roles: { readonly read: RoleConfig; readonly remediate: RoleConfig };
  readonly read: RolePolicy;
  readonly remediate: RolePolicy;
  /** What the principal itself needs, beside the right to assume the two. */
  readonly hub?: PolicyDocument | undefined;
  /** ARN of the role that the workflow runs as, or an account ID; without it there is no trust policy to print. */
  readonly principal?: string | undefined;
  readonly tagSession?: boolean;
  readonly sourceIdentity?: boolean;
}

/** A session of a role that was assumed from another role lasts an hour at most; nothing is won by more. */
const SESSION_SECONDS = 3600;

/** Both roles as JSON: documents ready for `aws iam create-role` and `create-policy`, and which policy needs each call. */
export function rolesJson(input: RolesInput): Json {
  const one = (kind: "read" | "remediate"): Json => {
    const { name, external_id: externalId } = input.roles[kind];
    const { principal, partition, tagSession = false, sourceIdentity = false } = input;
    const trust =
      principal === undefined
        ? undefined
        : trustPolicy({ principal, externalId, partition, tagSession, sourceIdentity });
    return toJson({ role: name, trust, policies: [...input[kind].documents], calls: [...input[kind].calls] });
  };
  const hub = input.hub === undefined ? {} : { hub: toJson({ policies: [input.hub] }) };
  return { version: 1, read: one("read"), remediate: one("remediate"), ...hub, notes: rolesNotes(input) };
}

/** What a person should know before using them. */
export function rolesNotes(input: RolesInput): string[] {
  return [
    ...input.read.notes.map((note) => `read role: ${note}`),
    ...input.remediate.notes.map((note) => `remediation role: ${note}`),
    ...(input.remediate.documents.length === 0 ? ["the remediation role needs no rights: no policy remediates"] : []),
    ...(["read", "remediate"] as const).flatMap((kind) =>
      input.roles[kind].external_id === undefined
        ? [`roles.${kind}.external_id is not set: whoever the principal lets act may assume the role without one`]
        : [],
    ),
    ...(input.hub === undefined
      ? []
      : [
          "hub role (the principal): it also needs what `evenkeel roles` prints as JSON under `hub`, for the journal's bucket; where a KMS key encrypts it, kms:GenerateDataKey and kms:Decrypt on that key",
        ]),
  ];
}

/**
 * Both roles as a CloudFormation template, for a stack or a stack set over all accounts. The principal and the ExternalIds are parameters,
 * with what the configuration says as their defaults. It makes roles of a given name, so it needs CAPABILITY_NAMED_IAM.
 */
export function rolesCloudFormation(input: RolesInput): string {
  const template = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "The two roles of Evenkeel: one that reads, one that remediates.",
    Parameters: {
      Principals: {
        Type: "CommaDelimitedList",
        Description: "ARN of the role that the workflow runs as (or several).",
        ...(input.principal === undefined ? {} : { Default: input.principal }),
      },
      ...externalIdParameter(input, "read"),
      ...externalIdParameter(input, "remediate"),
    },
    Conditions: {
      HasReadExternalId: { "Fn::Not": [{ "Fn::Equals": [{ Ref: "ReadExternalId" }, ""] }] },
      HasRemediateExternalId: { "Fn::Not": [{ "Fn::Equals": [{ Ref: "RemediateExternalId" }, ""] }] },
    },
    Resources: { ...roleResources(input, "read"), ...roleResources(input, "remediate") },
    Outputs: {
      ReadRole: { Value: { "Fn::GetAtt": ["ReadRole", "Arn"] } },
      RemediateRole: { Value: { "Fn::GetAtt": ["RemediateRole", "Arn"] } },
    },
  };
  const comments = [
    "Made by `evenkeel roles --format cloudformation`; deploy with CAPABILITY_NAMED_IAM.",
    ...rolesNotes(input),
  ];
  // CloudFormation reads YAML 1.1, where a bare 2012-10-17 is a date.
  const body = stringify(template, { schema: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false });
  return `${comments.map((line) => `# ${line}\n`).join("")}${body}`;
}

function externalIdParameter(input: RolesInput, kind: "read" | "remediate") {
  return {
    [`${PREFIX[kind]}ExternalId`]: {
      Type: "String",
      Default: input.roles[kind].external_id ?? "",
      Description: `ExternalId asked for by the role ${input.roles[kind].name}; empty for none. The two roles must not share one.`,
    },
  };
}

const PREFIX = { read: "Read", remediate: "Remediate" } as const;
const DESCRIPTIONS = {
  read: "Evenkeel: reads what its policies check",
  remediate: "Evenkeel: applies approved plans",
} as const;

function roleResources(input: RolesInput, kind: "read" | "remediate") {
  const prefix = PREFIX[kind];
  const policies = Object.fromEntries(
    input[kind].documents.map((document, index) => [
      `${prefix}Policy${index + 1}`,
      { Type: "AWS::IAM::ManagedPolicy", Properties: { Description: DESCRIPTIONS[kind], PolicyDocument: document } },
    ]),
  );
  const role = {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: input.roles[kind].name,
      Description: DESCRIPTIONS[kind],
      MaxSessionDuration: SESSION_SECONDS,
      AssumeRolePolicyDocument: trustTemplate(input, prefix),
      ManagedPolicyArns: Object.keys(policies).map((Ref) => ({ Ref })),
    },
  };
  return { ...policies, [`${prefix}Role`]: role };
}

/** The trust policy with parameters in the place of principal and ExternalId. */
function trustTemplate(input: RolesInput, prefix: string) {
  const { partition, tagSession = false, sourceIdentity = false } = input;
  const trust = trustPolicy({ principal: [], partition, tagSession, sourceIdentity });
  const externalId = { StringEquals: { "sts:ExternalId": { Ref: `${prefix}ExternalId` } } };
  const Condition = { "Fn::If": [`Has${prefix}ExternalId`, externalId, { Ref: "AWS::NoValue" }] };
  return {
    Version: trust.Version,
    Statement: trust.Statement.map((statement) => ({
      ...statement,
      Principal: { AWS: { Ref: "Principals" } },
      ...(statement.Action === "sts:AssumeRole" ? { Condition } : {}),
    })),
  };
}
