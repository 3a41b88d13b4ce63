import { phrase, type RemoteFacts, RemoteFailure } from "../remote-failure.ts";
import { plain } from "../text/plain.ts";

/** What a call was about to do, for messages and remedies. */
export interface CallPlace {
  readonly service: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
}

export interface RemoteErrorFacts extends CallPlace, RemoteFacts {
  /** AWS's error code, or one of ours where AWS gave none (`Http503`, `TimeoutError`, `ECONNRESET`, `WrongAccount`). */
  readonly code: string;
}

const AWS = { name: "AWS", credentials: "credentials" } as const;

/** Anything that went wrong between us and AWS. The message holds neither credentials nor the call's input. */
export class RemoteError extends RemoteFailure {
  override readonly name = "RemoteError";
  readonly service: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly code: string;
  /** The message without what differs from run to run: attempts, request ID, place, AWS's own words. */
  readonly summary: string;

  constructor(facts: RemoteErrorFacts) {
    const { service, operation, account, region, kind } = facts;
    const code = plain(facts.code, 80);
    super(facts, `${service}:${operation} in ${account}/${region}`, code, AWS);
    this.summary = `${service}:${operation} ${phrase(kind, AWS)} (${code})`;
    this.service = service;
    this.operation = operation;
    this.account = account;
    this.region = region;
    this.code = code;
  }
}
