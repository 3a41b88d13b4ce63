import { plain } from "./text/plain.ts";
import type { RemoteErrorKind } from "./types/aws.ts";

/** What is known of any call that failed, whoever was asked. */
export interface RemoteFacts {
  readonly kind: RemoteErrorKind;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Requests sent for this call; 0 where it was refused before sending. */
  readonly attempts: number;
  /** What the other side's support asks for. */
  readonly requestId: string;
  /** The other side's own words; hostile, made plain here. */
  readonly detail: string;
  readonly remedy: string | undefined;
  /** A write whose result is not known. */
  readonly maybeDone: boolean;
}

/** Who was asked, and what we showed to be let in. */
export interface Them {
  readonly name: string;
  readonly credentials: string;
}

/** What became of a call, in words that follow its name. */
export function phrase(kind: RemoteErrorKind, them: Them): string {
  switch (kind) {
    case "denied":
      return "was denied";
    case "throttled":
      return "was throttled";
    case "not_found":
      return "did not find what it asked for";
    case "invalid":
      return "was refused as invalid";
    case "conflict":
      return "does not fit the present state";
    case "server":
      return `failed inside ${them.name}`;
    case "network":
      return `did not reach ${them.name}`;
    case "timeout":
      return "got no answer in time";
    case "expired":
      return "was refused because the session has expired";
    case "credentials":
      return `was refused because of the ${them.credentials}`;
    case "unsupported":
      return "is not offered by this endpoint";
  }
}

/**
 * Anything that went wrong between us and AWS or GitHub. The message is one line without line breaks or hidden characters, fit for a log. There is no
 * `cause`: the errors of the SDK and of Octokit carry whole requests and answers.
 */
export abstract class RemoteFailure extends Error {
  readonly kind: RemoteErrorKind;
  readonly status: number;
  readonly attempts: number;
  readonly requestId: string;
  readonly detail: string;
  readonly remedy: string | undefined;
  readonly maybeDone: boolean;

  /** `call` and `code` (the other side's name for the error, or "") are ours, or made plain. */
  constructor(facts: RemoteFacts, call: string, code: string, them: Them) {
    const requestId = plain(facts.requestId, 80);
    const detail = plain(facts.detail, 400);
    const particulars = [
      ...(code === "" ? [] : [code]),
      ...(facts.status > 0 ? [`HTTP ${facts.status}`] : []),
      facts.attempts === 1 ? "1 attempt" : `${facts.attempts} attempts`,
      ...(requestId === "" ? [] : [`request id ${requestId}`]),
    ].join(", ");
    const doubt = facts.maybeDone ? "; whether it was done is not known" : "";
    super(`${call} ${phrase(facts.kind, them)} (${particulars})${doubt}${detail === "" ? "" : `: ${detail}`}`);
    this.kind = facts.kind;
    this.status = facts.status;
    this.attempts = facts.attempts;
    this.requestId = requestId;
    this.detail = detail;
    this.remedy = facts.remedy;
    this.maybeDone = facts.maybeDone;
  }
}
