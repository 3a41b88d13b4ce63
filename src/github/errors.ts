import { type RemoteFacts, RemoteFailure } from "../remote-failure.ts";

export interface GitHubErrorFacts extends RemoteFacts {
  /** Method and path as GitHub's reference names them, without the repository: `POST /pulls`. */
  readonly operation: string;
}

/** Anything that went wrong between us and GitHub. GitHub's words may quote what others wrote. */
export class GitHubError extends RemoteFailure {
  override readonly name = "GitHubError";
  readonly operation: string;

  constructor(facts: GitHubErrorFacts) {
    super(facts, `GitHub: ${facts.operation}`, "", { name: "GitHub", credentials: "token" });
    this.operation = facts.operation;
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
