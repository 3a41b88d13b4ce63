import { plain } from "../text/plain.ts";
import type { RemoteErrorKind } from "../types/aws.ts";

export interface GitHubErrorFacts {
  readonly kind: RemoteErrorKind;
  /** Method and path as GitHub's reference names them, without the repository: `POST /pulls`. */
  readonly operation: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly attempts: number;
  /** `x-github-request-id`: what GitHub's support asks for. */
  readonly requestId: string;
  /** GitHub's own words; they may quote what others wrote, so they are made plain here. */
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
  server: "failed inside GitHub",
  network: "did not reach GitHub",
  timeout: "got no answer in time",
  expired: "was refused because the token has expired",
  credentials: "was refused because of the token",
  unsupported: "is not offered by this server",
};

/**
 * Anything that went wrong between us and GitHub. The message is one line fit for a log. There is no `cause`: Octokit's errors carry whole
 * requests and answers.
 */
export class GitHubError extends Error {
  override readonly name = "GitHubError";
  readonly kind: RemoteErrorKind;
  readonly operation: string;
  readonly status: number;
  readonly attempts: number;
  readonly requestId: string;
  readonly detail: string;
  readonly remedy: string | undefined;
  readonly maybeDone: boolean;

  constructor(facts: GitHubErrorFacts) {
    const requestId = plain(facts.requestId, 80);
    const detail = plain(facts.detail, 400);
    const particulars = [
      ...(facts.status > 0 ? [`HTTP ${facts.status}`] : []),
      facts.attempts === 1 ? "1 attempt" : `${facts.attempts} attempts`,
      ...(requestId === "" ? [] : [`request id ${requestId}`]),
    ].join(", ");
    const doubt = facts.maybeDone ? "; whether it was done is not known" : "";
    super(
      `GitHub: ${facts.operation} ${PHRASES[facts.kind]} (${particulars})${doubt}${detail === "" ? "" : `: ${detail}`}`,
    );
    this.kind = facts.kind;
    this.operation = facts.operation;
    this.status = facts.status;
    this.attempts = facts.attempts;
    this.requestId = requestId;
    this.detail = detail;
    this.remedy = facts.remedy;
    this.maybeDone = facts.maybeDone;
  }
}

/** The answer, or undefined where GitHub has no such thing. A token that may not look gets the same 404. */
export async function absent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof GitHubError && error.kind === "not_found") return undefined;
    throw error;
  }
}

/**
 * For a write whose answer was lost, or that somebody else may have made first: looks whether the state is there anyway. The write is not sent
 * again: it may still be under way. Errors: the write's own, where the state is not there.
 */
export async function orAlready<T>(write: () => Promise<T>, look: () => Promise<T | undefined>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof GitHubError && (error.maybeDone || error.kind === "conflict"))) throw error;
    const found = await look();
    if (found === undefined) throw error;
    return found;
  }
}
