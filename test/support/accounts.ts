/** Accounts inside an emulator: credentials that act in them, roles, and what a client or a child process needs to get there. */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { ministackRoot } from "./ministack.ts";
import type { Emulator } from "./ports.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An emulator, or anything in front of one: a fault proxy's url with the kind of what is behind it. */
export type Target = Pick<Emulator, "kind" | "url">;

export interface RoleSpec {
  readonly name: string;
  /** Trust policy document, as an object. */
  readonly trust: object;
  /** Inline policy document; none means the role may do nothing. */
  readonly policy?: object;
}

export interface AssumeSpec {
  readonly roleArn: string;
  readonly externalId?: string;
  /** Session policy document. */
  readonly policy?: object;
}

/** What every AWS SDK client takes. S3 goes path style by itself, because the host is an IP address. */
export function clientConfig(url: string, credentials: Credentials, region = "us-east-1") {
  return { endpoint: url, region, credentials };
}

/** As `clientConfig`, for S3ControlClient alone: its rules put the account id in front of the host, which no IP address survives. */
export function s3ControlConfig(url: string, credentials: Credentials, region = "us-east-1") {
  return { region, credentials, endpointProvider: () => ({ url: new URL(url) }) };
}

/** The environment that leads a child process (the CLI) to the emulator or proxy and nowhere else; merge PATH and HOME in yourself. */
export function awsEnv(url: string, credentials: Credentials, region = "us-east-1"): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    // No profile of the developer and no instance metadata service may step in.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/**
 * Credentials that may do everything in an account. In moto they come from AssumeRole (which there lands in any account,
 * whether the role exists or not) and a reset voids them silently: later calls land in account 123456789012. Ask again then.
 */
export async function rootCredentials(emulator: Target, accountId: string): Promise<Credentials> {
  if (emulator.kind === "ministack") return ministackRoot(accountId);
  const anyone = { accessKeyId: "test", secretAccessKey: "test" };
  return assumeRole(emulator, anyone, { roleArn: `arn:aws:iam::${accountId}:role/root-of-tests` });
}

/** AssumeRole as `from`; rejects with the SDK's error when the emulator refuses. */
export async function assumeRole(emulator: Target, from: Credentials, spec: AssumeSpec): Promise<Credentials> {
  const sts = new STSClient(clientConfig(emulator.url, from));
  try {
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: spec.roleArn,
        RoleSessionName: "tests",
        ...(spec.externalId === undefined ? {} : { ExternalId: spec.externalId }),
        ...(spec.policy === undefined ? {} : { Policy: JSON.stringify(spec.policy) }),
      }),
    );
    if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken)
      throw new Error("AssumeRole gave no credentials");
    return { accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.SessionToken };
  } finally {
    sts.destroy();
  }
}

/** Creates a role in an account and returns its ARN. */
export async function createRole(emulator: Target, accountId: string, spec: RoleSpec): Promise<string> {
  const iam = new IAMClient(clientConfig(emulator.url, await rootCredentials(emulator, accountId)));
  try {
    await iam.send(
      new CreateRoleCommand({ RoleName: spec.name, AssumeRolePolicyDocument: JSON.stringify(spec.trust) }),
    );
    if (spec.policy !== undefined) {
      const PolicyDocument = JSON.stringify(spec.policy);
      await iam.send(new PutRolePolicyCommand({ RoleName: spec.name, PolicyName: "inline", PolicyDocument }));
    }
    return `arn:aws:iam::${accountId}:role/${spec.name}`;
  } finally {
    iam.destroy();
  }
}
