import type { RoleConfig } from "../types/catalogue.ts";
import type { Models } from "../types/operation.ts";

/** Time as it comes in from outside. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds. */
  sleep(ms: number): Promise<void>;
}

/** Where the folder says what it does. No line ever holds a credential or an input. */
export interface Logger {
  debug(message: string): void;
  warn(message: string): void;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What the caller's own credentials are had from; asked again when they run out. */
export type CredentialProvider = () => Promise<Credentials & { readonly expiration?: Date }>;

export interface Limits {
  /** Requests under way at once, all accounts together. */
  readonly inFlight: number;
  /** Requests under way at once in one account. */
  readonly inFlightPerAccount: number;
  /** Attempts of one call that meets errors of the network or of a server. */
  readonly attempts: number;
  /** Attempts of one call that is throttled. */
  readonly throttledAttempts: number;
}

/** In milliseconds. */
export interface Timeouts {
  readonly connect: number;
  /** From sending to the first byte of the answer. */
  readonly request: number;
  /** Longest silence within an answer. */
  readonly idle: number;
}

/** Which run this is: it stands in CloudTrail of every account that is entered. */
export interface SessionIdentity {
  /** RoleSessionName; what AWS does not allow in one is replaced. */
  readonly name: string;
  /** SourceIdentity. The trust policy must then allow `sts:SetSourceIdentity`. */
  readonly sourceIdentity?: string;
  /** Session tags, passed on to chained sessions. The trust policy must then allow `sts:TagSession`. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface AwsOptions {
  readonly models: Models;
  /** `aws`, `aws-cn`, `aws-us-gov`; taken from the caller's own ARN where it is not said. */
  readonly partition?: string | undefined;
  readonly roles: { readonly read: RoleConfig; readonly remediate: RoleConfig };
  readonly session: SessionIdentity;
  /**
   * `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_DEFAULT_REGION` and the proxy variables are read; the SDK itself reads the
   * rest of its own settings.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Goes into the user agent, so that CloudTrail tells our calls from others'. */
  readonly version: string;
  /** Undefined: the SDK's own chain (environment, web identity, profile, container, instance). */
  readonly baseCredentials?: CredentialProvider | undefined;
  readonly limits?: Partial<Limits>;
  readonly timeouts?: Partial<Timeouts>;
}

// 200 in flight at 60 ms are some 3,000 calls a second, above what two cores can sign and parse; more would only queue
// inside AWS.
export const LIMITS: Limits = { inFlight: 200, inFlightPerAccount: 50, attempts: 4, throttledAttempts: 8 };
export const TIMEOUTS: Timeouts = { connect: 5_000, request: 30_000, idle: 30_000 };
