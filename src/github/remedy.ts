import type { Failure } from "./classify.ts";

/** What would mend a failed call, naming the permission or the setting; undefined where only its author can tell. */
export function remedyFor(failure: Failure, operation: string, repository: string): string | undefined {
  const { detail, kind } = failure;
  const needed = failure.accepted || permissionOf(operation);
  if (/not permitted to create or approve pull requests/i.test(detail)) {
    return (
      `turn on "Allow GitHub Actions to create and approve pull requests" in Settings > Actions > General of ${repository} ` +
      "(the organization must allow it too), or give Evenkeel the token of a GitHub App"
    );
  }
  if (/commenting is disabled/i.test(detail)) {
    return "the thread holds as many comments as GitHub allows: close it, so that the next run opens another";
  }
  if (kind === "denied" && /rule violations|protected/i.test(detail)) {
    return `a ruleset or branch protection of ${repository} covers this branch: leave Evenkeel's branches out of it, or let its token bypass it`;
  }
  if (failure.sso) return "authorize the token for the organization's single sign-on";
  switch (kind) {
    case "denied":
      return `give the job's token \`${needed}\` (\`permissions:\` of the job, or the GitHub App's permissions)`;
    case "not_found":
      // Where a token may not look, GitHub says 404 rather than 403.
      return `check that it exists in ${repository} and that the token has \`${needed}\``;
    case "credentials":
      return "give Evenkeel a token that is valid: the job's own (`github.token`), or one made in this job for a GitHub App";
    case "throttled":
      return failure.wait === undefined
        ? "run again later"
        : `run again in ${Math.ceil(failure.wait / 60_000)} min: the token has used up what GitHub allows`;
    case "network":
    case "timeout":
      return "check that the runner reaches GITHUB_API_URL (proxy, firewall, DNS), then run again";
    case "server":
    case "conflict":
      return "run again: what was done already is not done twice";
    default:
      return undefined;
  }
}

function permissionOf(operation: string): string {
  const [method = "", path = ""] = operation.split(" ");
  const level = method === "GET" ? "read" : "write";
  if (path.startsWith("/pulls") || path.includes("/pulls")) return `pull-requests: ${level}`;
  if (path.startsWith("/issues")) return `pull-requests: ${level} (for an issue: issues: ${level})`;
  if (path.includes("/check-")) return `checks: ${level}`;
  if (path === "/" || path === "") return "metadata: read";
  return `contents: ${level}`;
}
