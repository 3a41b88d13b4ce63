/** From the names people and clients use (branch, tag, full ref, SHA) to commits. */
import type { Commit } from "./git-objects.ts";
import { notFound, Refusal } from "./reply.ts";
import type { Repository } from "./state.ts";

/** The commit a name stands for: a branch, a tag, `heads/x`, `refs/heads/x`, `HEAD`, `refs/pull/N/head`, a SHA or its start. */
export function findCommit(repo: Repository, name: string): Commit | undefined {
  const pull = /^(?:refs\/)?pull\/(\d+)\/head$/.exec(name)?.[1];
  const sha =
    (name === "HEAD" ? repo.refs.get(`refs/heads/${repo.defaultBranch}`) : undefined) ??
    // In git's order: of a tag and a branch of one name the tag.
    repo.refs.get(name) ??
    repo.refs.get(`refs/${name}`) ??
    repo.refs.get(`refs/tags/${name}`) ??
    repo.refs.get(`refs/heads/${name}`) ??
    (pull === undefined ? undefined : repo.threads.get(Number(pull))?.pull?.headSha) ??
    repo.objects.abbreviated(name);
  return sha === undefined ? undefined : repo.objects.commit(sha);
}

/** As above; GitHub says 422 where a commit is named in the path and does not exist, 404 elsewhere. */
export function commitOf(repo: Repository, name: string, status: 404 | 422 = 404): Commit {
  const found = findCommit(repo, name);
  if (found !== undefined) return found;
  throw status === 404 ? notFound() : new Refusal(422, `No commit found for SHA: ${name}`);
}
