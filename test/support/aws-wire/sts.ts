/**
 * STS as the stand-in answers it unless a test registers its own handler: roles can be assumed, refused, or demand an
 * ExternalId, and every later call made with the keys handed out is known to come from the role's account.
 */
import { type Partition, type WireContext, WireError } from "./types.ts";

/** One attempt to assume a role, in order of arrival. */
export interface AssumeRoleAttempt {
  readonly roleArn: string;
  readonly externalId?: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  /** Account that asked. */
  readonly from: string;
  readonly region: string;
  readonly granted: boolean;
}

/** What a test may set and read. */
export interface StsControl {
  readonly attempts: readonly AssumeRoleAttempt[];
  /** Attempts on one role, or on all. */
  count(roleArn?: string): number;
  /** From now on this role cannot be assumed; AccessDenied unless another error is given. */
  refuse(roleArn: string, error?: WireError): void;
  /** Undoes `refuse`. */
  allow(roleArn: string): void;
  /** From now on this role can only be assumed with this ExternalId. */
  requireExternalId(roleArn: string, externalId: string): void;
  /** GetCallerIdentity answers `shown` to callers of account `real`, as if the credentials were somebody else's. */
  pretendAccount(real: string, shown: string): void;
}

interface Session {
  readonly account: string;
  readonly partition: Partition;
  readonly roleArn: string;
  readonly sessionName: string;
}

interface AssumeRoleInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly ExternalId?: string;
  readonly DurationSeconds?: number;
}

const ROLE = /^arn:(aws|aws-us-gov|aws-cn):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;
const PARTITIONS: readonly Partition[] = ["aws", "aws-us-gov", "aws-cn"];

/** The partition a region belongs to. */
export function partitionOf(region: string): Partition {
  return region.startsWith("us-gov-") ? "aws-us-gov" : region.startsWith("cn-") ? "aws-cn" : "aws";
}

export interface StsOptions {
  /** Account of every key that AssumeRole did not hand out. */
  readonly account: string;
  /** Partition of those keys' ARNs; by default that of the region called. */
  readonly partition?: Partition;
  readonly now: () => Date;
}

/** The STS of one stand-in: its control, its two built-in operations, and who an access key belongs to. */
export function createSts(options: StsOptions) {
  const sessions = new Map<string, Session>();
  const refused = new Map<string, WireError>();
  const externalIds = new Map<string, string>();
  const shown = new Map<string, string>();
  const attempts: AssumeRoleAttempt[] = [];

  const control: StsControl = {
    attempts,
    count: (roleArn) => attempts.filter((attempt) => roleArn === undefined || attempt.roleArn === roleArn).length,
    refuse: (roleArn, error) => void refused.set(roleArn, error ?? denied(roleArn)),
    allow: (roleArn) => void refused.delete(roleArn),
    requireExternalId: (roleArn, externalId) => void externalIds.set(roleArn, externalId),
    pretendAccount: (real, other) => void shown.set(real, other),
  };

  function assumeRole(input: AssumeRoleInput, context: WireContext) {
    const { RoleArn: roleArn, RoleSessionName: sessionName, ExternalId: externalId } = input;
    const [, arnPartition, account, roleName] = ROLE.exec(roleArn) ?? [];
    const partition = PARTITIONS.find((known) => known === arnPartition);
    if (!partition || !account || !roleName) throw new WireError("ValidationError", `${roleArn} is invalid`);
    const wanted = externalIds.get(roleArn);
    const refusal =
      refused.get(roleArn) ?? (wanted !== undefined && wanted !== externalId ? denied(roleArn) : undefined);
    const durationSeconds = input.DurationSeconds ?? 3600;
    attempts.push({
      roleArn,
      sessionName,
      durationSeconds,
      from: context.account,
      region: context.region,
      granted: !refusal,
      ...(externalId === undefined ? {} : { externalId }),
    });
    if (refusal) throw refusal;
    // Twenty characters like AWS's own, ending in the account so that a key in a log tells where it belongs.
    const accessKeyId = `ASIA${sessions.size.toString(36).toUpperCase().padStart(4, "0")}${account}`;
    sessions.set(accessKeyId, { account, partition, roleArn, sessionName });
    return {
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: "stand-in",
        SessionToken: `stand-in-${accessKeyId}`,
        Expiration: new Date(options.now().getTime() + durationSeconds * 1000),
      },
      AssumedRoleUser: {
        AssumedRoleId: `AROA${account}:${sessionName}`,
        Arn: `arn:${partition}:sts::${account}:assumed-role/${roleName}/${sessionName}`,
      },
    };
  }

  function getCallerIdentity(_input: object, context: WireContext) {
    const session = sessions.get(context.accessKeyId);
    const account = shown.get(context.account) ?? context.account;
    const roleName = session?.roleArn.split("/").at(-1);
    return session
      ? {
          Account: account,
          Arn: `arn:${context.partition}:sts::${account}:assumed-role/${roleName}/${session.sessionName}`,
          UserId: `AROA${account}:${session.sessionName}`,
        }
      : { Account: account, Arn: `arn:${context.partition}:iam::${account}:user/stand-in`, UserId: "AIDASTANDIN" };
  }

  function identify(accessKeyId: string, region: string): WireContext {
    const session = sessions.get(accessKeyId);
    if (!session) {
      return { account: options.account, region, partition: options.partition ?? partitionOf(region), accessKeyId };
    }
    const { account, partition, roleArn } = session;
    return { account, region, partition, accessKeyId, roleArn };
  }

  return { control, assumeRole, getCallerIdentity, identify };
}

function denied(roleArn: string): WireError {
  return new WireError(
    "AccessDenied",
    `The caller is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    403,
  );
}
