import type { GitHub } from "./client.ts";
import { isHere, type Pull, pullOf } from "./pulls.ts";

const PAGE = 100;
const OPEN_PAGES = 10;
const CLOSED_PAGES = 3;

export interface OpenPulls {
  /** By branch; the newest of each. */
  readonly pulls: ReadonlyMap<string, Pull>;
  /** Every open one was seen. */
  readonly complete: boolean;
}

/**
 * The open pull requests from branches of this repository whose names begin with `prefix`. One call in all but the busiest repositories.
 * Errors: GitHubError.
 */
export async function openPullsUnder(github: GitHub, prefix: string): Promise<OpenPulls> {
  const { fullName } = await github.about();
  const pulls = new Map<string, Pull>();
  for (let page = 1; page <= OPEN_PAGES; page++) {
    const asked = { sort: "created", direction: "asc", per_page: PAGE, page } as const;
    const { data } = await github.rest.pulls.list({ ...github.here, state: "open", ...asked });
    for (const pull of data) {
      if (pull.head.ref.startsWith(prefix) && isHere(pull, fullName)) pulls.set(pull.head.ref, pullOf(pull));
    }
    if (data.length < PAGE) return { pulls, complete: true };
  }
  return { pulls, complete: false };
}

/**
 * The pull requests from such branches that were closed (or merged) since `after` (milliseconds since 1970, by GitHub's clock), by branch, newest first;
 * some older ones too. Undefined where there are more than a few calls can list. Errors: GitHubError.
 */
export async function closedPullsUnder(
  github: GitHub,
  prefix: string,
  after: number,
): Promise<ReadonlyMap<string, readonly Pull[]> | undefined> {
  const { fullName } = await github.about();
  const found = new Map<string, Pull[]>();
  for (let page = 1; page <= CLOSED_PAGES; page++) {
    // Closing updates: what was not updated since was not closed since.
    const asked = { sort: "updated", direction: "desc", per_page: PAGE, page } as const;
    const { data } = await github.rest.pulls.list({ ...github.here, state: "closed", ...asked });
    for (const pull of data) {
      if (!pull.head.ref.startsWith(prefix) || !isHere(pull, fullName)) continue;
      found.set(pull.head.ref, [...(found.get(pull.head.ref) ?? []), pullOf(pull)]);
    }
    const last = data.at(-1);
    if (last === undefined || data.length < PAGE || Date.parse(last.updated_at) < after) {
      for (const own of found.values()) own.sort((a, b) => b.number - a.number);
      return found;
    }
  }
  return undefined;
}

export interface RecentPulls {
  /** By branch, newest first. */
  readonly byBranch: ReadonlyMap<string, readonly Pull[]>;
  /** ISO 8601; what was opened before may be missing. Undefined where nothing is. */
  readonly since: string | undefined;
}

/** The pull requests from branches of this repository whose names begin so, open or not, by one call: only among the newest of all. */
export async function recentPulls(github: GitHub, prefix: string): Promise<RecentPulls> {
  const { fullName } = await github.about();
  const { data } = await github.rest.pulls.list({
    ...github.here,
    state: "all",
    sort: "created",
    direction: "desc",
    per_page: PAGE,
  });
  const own = data.filter((pull) => pull.head.ref.startsWith(prefix) && isHere(pull, fullName));
  const byBranch = Map.groupBy(own, ({ head }) => head.ref);
  return {
    byBranch: new Map([...byBranch].map(([branch, pulls]) => [branch, pulls.map(pullOf)])),
    since: data.length < PAGE ? undefined : data.at(-1)?.created_at,
  };
}
