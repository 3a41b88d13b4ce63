import type { JsonObject } from "./json.ts";

export type RoleKind = "read" | "remediate";

export interface CallRequest {
  readonly account: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  /** JSON as the operation's input shape says; converted to the wire form inside. */
  readonly input: JsonObject;
  /** IAM actions a denial would be mended by, where the caller knows better than the model. */
  readonly iam?: readonly string[];
}

export interface CallResult {
  readonly output: JsonObject;
  readonly requestId: string;
  readonly attempts: number;
}

export type RemoteErrorKind =
  | "denied"
  | "throttled"
  | "not_found"
  | "invalid"
  | "conflict"
  | "server"
  | "network"
  | "timeout"
  | "expired"
  | "credentials"
  | "unsupported";

/** Everything that reads AWS. It cannot send an operation that is not classed List or Read. */
export interface AwsReader {
  call(request: CallRequest): Promise<CallResult>;
  pages(request: CallRequest): AsyncIterable<CallResult>;
  /** Checks that the role can be assumed and that the caller is in the account it says; once per account. */
  enter(account: string): Promise<void>;
  /** The regions enabled in the account. */
  regions(account: string): Promise<readonly string[]>;
  /** Calls made so far, by `service:Operation`. */
  readonly counts: ReadonlyMap<string, number>;
}

/** The one door through which a write can leave. Only `apply/` is given one. */
export interface AwsWriter {
  enter(account: string): Promise<void>;
  /**
   * Sends one planned write. Retries only what certainly did not happen (throttling, refused connections); anything whose result is not
   * known is thrown with `maybeDone`, for the caller to read before doing anything else.
   */
  send(request: CallRequest & { readonly item: string }): Promise<CallResult>;
}

/** Who changed a resource last, as CloudTrail tells it: hostile text all of it. `why`: it could not be found out. */
export type LastChange =
  | {
      /** ARN of the principal, or whatever else names it. */
      readonly principal: string;
      /** The call (`PutBucketVersioning`). */
      readonly event: string;
      /** ISO 8601. */
      readonly at: string;
    }
  | { readonly why: string };
