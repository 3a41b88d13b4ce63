import type { Known } from "../doctor/facts.ts";
import { GitHubError } from "./errors.ts";

/** What GitHub answers a job's own token that asks for what Actions may do by default. */
export function refusedToJobs(): GitHubError {
  return new GitHubError({
    kind: "denied",
    operation: "GET /actions/permissions/workflow",
    status: 403,
    attempts: 0,
    requestId: "",
    detail: "Resource not accessible by integration",
    remedy: undefined,
    maybeDone: false,
  });
}

/** GitHub refused for good: the token may not look, or there is nothing to look at. Anything else says nothing of the setting. */
const REFUSALS: ReadonlySet<string> = new Set(["denied", "not_found", "invalid", "conflict", "unsupported"]);

/** What was read, or why it may not be. `needs`: the permission that would let it be. Errors: GitHubError where GitHub fails or is too busy. */
export async function known<T>(needs: string, read: () => Promise<T>): Promise<Known<T>> {
  try {
    return { known: true, value: await read() };
  } catch (error) {
    if (!(error instanceof GitHubError) || !REFUSALS.has(error.kind)) throw error;
    return { known: false, because: `${error.operation}: ${error.detail || error.kind}`, needs };
  }
}
