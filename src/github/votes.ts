import type { GitHub } from "./client.ts";

/** What a reviewer last said. */
export interface Vote {
  readonly login: string;
  readonly bot: boolean;
  /** The commit that the reviewer saw. */
  readonly commit: string;
  readonly state: string;
}

const PAGE = 100;
const PAGES = 5;

/**
 * The last word of each reviewer; comments say nothing. A dismissed review takes its author's approval back. Undefined: more reviews than are looked
 * through. One call for each hundred. Errors: GitHubError.
 */
export async function latestVotes(github: GitHub, pull: number): Promise<readonly Vote[] | undefined> {
  const last = new Map<string, Vote>();
  for (let page = 1; page <= PAGES; page++) {
    // Oldest first.
    const { data } = await github.rest.pulls.listReviews({ ...github.here, pull_number: pull, per_page: PAGE, page });
    for (const { user, state, commit_id: commit } of data) {
      if (user === null || !["APPROVED", "CHANGES_REQUESTED", "DISMISSED"].includes(state)) continue;
      last.set(user.login.toLowerCase(), { login: user.login, bot: user.type === "Bot", commit: commit ?? "", state });
    }
    if (data.length < PAGE) return [...last.values()];
  }
  return undefined;
}

/**
 * Logins of the people whose approval stands on `head`, sorted: what a push would take away. Whether it is enough to apply is another question,
 * asked when the plan is merged. Errors: GitHubError.
 */
export async function approversOf(github: GitHub, pull: number, head: string): Promise<readonly string[]> {
  const [votes = [], isOurs] = [await latestVotes(github, pull), await github.me()];
  return votes
    .filter(({ login, bot, commit, state }) => {
      return state === "APPROVED" && commit === head && !bot && !isOurs({ login, type: "User" });
    })
    .map(({ login }) => login)
    .sort();
}
