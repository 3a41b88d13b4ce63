/**
 * The words the stand-in shares with the tests that use it: what a call looks like, what a handler is given and may
 * answer, and the error a handler throws.
 */

/** The three partitions the project knows; the partition is part of every ARN and decides which regions exist. */
export type Partition = "aws" | "aws-us-gov" | "aws-cn";

/** Who called and where, as read from the request's signature (which is not verified). */
export interface WireContext {
  /** Account of the access key: the role's account for keys that AssumeRole handed out. */
  readonly account: string;
  readonly region: string;
  readonly partition: Partition;
  readonly accessKeyId: string;
  /** ARN of the assumed role, when the key came from AssumeRole. */
  readonly roleArn?: string;
}

/** One request that was understood: decoded by AWS's own model, before any handler ran. */
export interface WireCall extends WireContext {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Answers one operation. `I` is the SDK's own input type (`wire.on<DescribeSnapshotsRequest>(…)`): what arrives has
 * been decoded and checked by the very schema that type is generated from.
 */
export type WireHandler<I extends object = Record<string, unknown>> = (
  input: I,
  context: WireContext,
) => object | undefined | Promise<object | undefined>;

/** What else an error answer carries beside code and message. */
export interface WireErrorExtras {
  /** Extra response headers, such as S3's `x-amz-bucket-region` on a redirect. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Extra members of the error body; strings only, because they are not checked against a schema. */
  readonly members?: Readonly<Record<string, string>>;
}

/** An error as AWS would answer it. `code` becomes `error.name` in the SDK. Status 5xx and throttling codes are retried. */
export class WireError extends Error {
  readonly code: string;
  readonly status: number;
  readonly extras: WireErrorExtras;

  constructor(code: string, message: string, status = 400, extras: WireErrorExtras = {}) {
    super(message);
    this.name = "WireError";
    this.code = code;
    this.status = status;
    this.extras = extras;
  }
}

/** One HTTP request with its body read and its target split; what the router and the decoders work on. */
export interface WireRequest {
  readonly method: string;
  /** Path as sent, still percent-encoded: `%2F` inside a label must not be taken for a separator. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** One HTTP answer before it is written. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}
