import type { GitHub } from "./client.ts";
import { absent } from "./errors.ts";

/** What GitHub knows of the approval behind a journal record, for people who look back: it decides nothing. */
export interface ApprovalRecord {
  readonly number: number;
  readonly url: string;
  readonly mergedAt: string;
  readonly mergedBy: string | undefined;
  /** Logins whose last word was an approval, sorted; of the first hundred reviews. */
  readonly approvedBy: readonly string[];
}

/**
 * The pull request behind `commit/SHA` or `pull/12`, as journals name approvals; undefined where there is none. Three calls at most. Errors: GitHubError.
 */
export async function approvalRecord(github: GitHub, approval: string): Promise<ApprovalRecord | undefined> {
  const { here, rest } = github;
  const number = await numberOf(github, approval);
  if (number === undefined) return undefined;
  const found = await absent(rest.pulls.get({ ...here, pull_number: number }));
  if (found === undefined || found.data.merged_at === null) return undefined;
  const { data: reviews } = await rest.pulls.listReviews({ ...here, pull_number: number, per_page: 100 });
  const last = new Map<string, string>();
  for (const { user, state } of reviews) {
    if (user !== null && state !== "COMMENTED" && state !== "PENDING") last.set(user.login, state);
  }
  return {
    number,
    url: found.data.html_url,
    mergedAt: found.data.merged_at,
    mergedBy: found.data.merged_by?.login,
    approvedBy: [...last].flatMap(([login, state]) => (state === "APPROVED" ? [login] : [])).sort(),
  };
}

async function numberOf(github: GitHub, approval: string): Promise<number | undefined> {
  const [, kind, name = ""] = /^(pull|commit)\/([0-9a-f]+)$/.exec(approval) ?? [];
  if (kind === "pull") return /^[1-9]\d*$/.test(name) ? Number(name) : undefined;
  if (kind === undefined) return undefined;
  const asked = { ...github.here, commit_sha: name };
  const found = await absent(github.rest.repos.listPullRequestsAssociatedWithCommit(asked));
  return found?.data.find(({ merged_at: merged }) => typeof merged === "string")?.number;
}
