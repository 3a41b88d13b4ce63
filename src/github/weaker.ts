export interface Connected {
  readonly token: string;
  /** The login the token acts as, as far as it was told. */
  readonly actor?: string | undefined;
  /** GITHUB_API_URL. */
  readonly apiUrl: string;
}

/** GitHub Enterprise Server has its API below `/api/v3` of the server's own address; github.com and ghe.com have hosts for it. */
export function isEnterpriseServer(apiUrl: string): boolean {
  return /\/api\/v3\/*$/.test(apiUrl);
}

/** Whether what the token makes starts no workflows: it is the job's own, or cannot be told from that. */
export function isJobToken({ token, actor }: Pick<Connected, "token" | "actor">): boolean {
  return token.startsWith("ghs_") && (actor === undefined || actor === "github-actions[bot]");
}

/**
 * What holds less with this token, on this server, than with the token of a GitHub App on github.com: sentences for the foot of reports. An app's token and the job's own
 * begin alike, so that one without the app's `actor` is taken for the job's.
 */
export function weakerTiers({ token, actor, apiUrl }: Connected): readonly string[] {
  const tiers: string[] = [];
  if (isJobToken({ token, actor }))
    tiers.push(
      "Made with the job's own token: workflows do not start by themselves on this pull request, and settings that only administrators may see " +
        "are not looked at. The token of a GitHub App, with actor, does better.",
    );
  if (isEnterpriseServer(apiUrl))
    tiers.push(
      "On GitHub Enterprise Server nothing counts as approved unless a site administrator has turned web commit signing on: without it nobody can tell " +
        "which commits are Evenkeel's own.",
    );
  return tiers;
}
