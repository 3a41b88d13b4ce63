import { plain } from "../text/plain.ts";
import type { RemoteErrorKind } from "../types/aws.ts";

/** What a call was about to do, for messages and remedies. */
export interface CallPlace {
  readonly service: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
}

export interface RemoteErrorFacts extends CallPlace {
  readonly kind: RemoteErrorKind;
  /** AWS's error code, or one of ours where AWS gave none (`Http503`, `TimeoutError`, `ECONNRESET`, `WrongAccount`). */
  readonly code: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Requests sent for this call; 0 where it was refused before sending. */
  readonly attempts: number;
  readonly requestId: string;
  /** AWS's own words; hostile, made plain here. */
  readonly detail: string;
  readonly remedy: string | undefined;
  /** A write whose result is not known. */
  readonly maybeDone: boolean;
}

const PHRASES: Readonly<Record<RemoteErrorKind, string>> = {
  denied: "was denied",
  throttled: "was throttled",
  not_found: "did not find what it asked for",
  invalid: "was refused as invalid",
  conflict: "does not fit the present state",
  server: "failed inside AWS",
  network: "did not reach AWS",
  timeout: "got no answer in time",
  expired: "was refused because the session has expired",
  credentials: "was refused because of the credentials",
  unsupported: "is not offered by this endpoint",
};

/**
 * Anything that went wrong between us and AWS. The message is one line without line breaks or hidden characters, fit
 * for a log; it holds neither credentials nor the call's input, and no `cause`, because the SDK's errors carry whole
 * requests and answers.
 */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly kind: RemoteErrorKind;
  readonly service: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly code: string;
  readonly status: number;
  readonly attempts: number;
  readonly requestId: string;
  readonly detail: string;
  readonly remedy: string | undefined;
  readonly maybeDone: boolean;
  /** The message without what differs from run to run: attempts, request ID, place, AWS's own words. */
  readonly summary: string;

  constructor(facts: RemoteErrorFacts) {
    const code = plain(facts.code, 80);
    const requestId = plain(facts.requestId, 80);
    const detail = plain(facts.detail, 400);
    const particulars = [
      code,
      ...(facts.status > 0 ? [`HTTP ${facts.status}`] : []),
      facts.attempts === 1 ? "1 attempt" : `${facts.attempts} attempts`,
      ...(requestId === "" ? [] : [`request id ${requestId}`]),
    ].join(", ");
    const where = `${facts.service}:${facts.operation} in ${facts.account}/${facts.region}`;
    const doubt = facts.maybeDone ? "; whether it was done is not known" : "";
    super(`${where} ${PHRASES[facts.kind]} (${particulars})${doubt}${detail === "" ? "" : `: ${detail}`}`);
    this.summary = `${facts.service}:${facts.operation} ${PHRASES[facts.kind]} (${code})`;
    this.kind = facts.kind;
    this.service = facts.service;
    this.operation = facts.operation;
    this.account = facts.account;
    this.region = facts.region;
    this.code = code;
    this.status = facts.status;
    this.attempts = facts.attempts;
    this.requestId = requestId;
    this.detail = detail;
    this.remedy = facts.remedy;
    this.maybeDone = facts.maybeDone;
  }
}
