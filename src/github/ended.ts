import { entriesIn } from "../catalogue/exceptions-edit.ts";
import { exceptionKey } from "../plan/renewals.ts";
import { marker } from "../text/markdown.ts";
import type { GitHub } from "./client.ts";
import { commentUnlessThere } from "./comment.ts";
import { absent, GitHubError } from "./errors.ts";
import { readText } from "./git.ts";

export interface Ended {
  /** Of the exception (`exceptionKey`). */
  readonly key: string;
  /** Of its file, from the top of the repository. */
  readonly path: string;
  readonly comment: string;
  /** The commit that was checked out: there the file holds the entry. */
  readonly seen: string;
}

/** How many of a file's last commits are looked at: an exception whose neighbours were edited more often since is not worth the calls. */
const COMMITS = 3;

/**
 * Says once, on the pull request that brought an exception as it stands, that it has ended; gives the number, or undefined where no pull request is
 * found. Four calls for an exception with a file of its own, at most six. Errors: GitHubError.
 */
export async function tellEnded(github: GitHub, ended: Ended): Promise<number | undefined> {
  const commit = await broughtBy(github, ended);
  if (commit === undefined) return undefined;
  const asked = { ...github.here, commit_sha: commit };
  const found = await absent(github.rest.repos.listPullRequestsAssociatedWithCommit(asked));
  const pull = found?.data.find(({ merged_at: merged }) => typeof merged === "string");
  if (pull === undefined) return undefined;
  const mark = marker("ended", { of: ended.key });
  await commentUnlessThere(github, pull.number, mark, () => `${mark}\n${ended.comment}`);
  return pull.number;
}

/** The commit that brought the entry: the file holds it from there on, and not before. */
async function broughtBy(github: GitHub, { key, path, seen }: Ended): Promise<string | undefined> {
  const { data } = await github.rest.repos.listCommits({ ...github.here, sha: seen, path, per_page: COMMITS + 1 });
  for (const [index, { sha }] of data.slice(0, COMMITS).entries()) {
    const before = data[index + 1];
    if (before === undefined) return sha;
    const text = await readText(github, path, before.sha);
    const entries = text === undefined ? [] : (entriesIn(path, text) ?? []);
    if (!entries.some((entry) => exceptionKey(path, entry) === key)) return sha;
  }
  return undefined;
}

/** Whether an error is about this one pull request or file alone, so that asking again in the next run would get the same answer. */
export function isFinal(error: unknown): boolean {
  return error instanceof GitHubError && (error.kind === "not_found" || error.kind === "invalid");
}
