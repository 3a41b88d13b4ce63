/** Commits, files and comparisons as GitHub prints them. */
import { changedFiles, type FileChange } from "../git-history.ts";
import type { Commit } from "../git-objects.ts";
import type { Repository, Schemas, World } from "../state.ts";
import { accountByEmail } from "../world.ts";
import { repositoryUrl, siteUrl, user } from "./people.ts";

const utc = (date: string) => new Date(date).toISOString().replace(/\.\d+Z$/, "Z");

function verification(commit: Commit): Schemas["verification"] {
  const isSigned = commit.signature !== undefined;
  return {
    verified: isSigned,
    reason: isSigned ? "valid" : "unsigned",
    signature: commit.signature ?? null,
    payload: isSigned ? commit.payload : null,
    verified_at: isSigned ? utc(commit.committer.date) : null,
  };
}

/** The git database's view of a commit. */
export function gitCommit(world: World, repo: Repository, commit: Commit): Schemas["git-commit"] {
  const url = repositoryUrl(world, repo);
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${siteUrl(world, repo)}/commit/${commit.sha}`,
    author: { ...commit.author, date: utc(commit.author.date) },
    committer: { ...commit.committer, date: utc(commit.committer.date) },
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/git/commits/${sha}`,
      html_url: `${siteUrl(world, repo)}/commit/${sha}`,
    })),
    verification: { ...verification(commit), verified_at: verification(commit).verified_at ?? null },
  };
}

/** GitHub's view of a commit, with accounts found by their noreply address. */
export function commit(world: World, repo: Repository, one: Commit): Schemas["commit"] {
  const url = repositoryUrl(world, repo);
  const inner = gitCommit(world, repo, one);
  const author = accountByEmail(world, one.author.email);
  const committer = accountByEmail(world, one.committer.email);
  return {
    sha: one.sha,
    node_id: inner.node_id,
    url: `${url}/commits/${one.sha}`,
    html_url: inner.html_url,
    comments_url: `${url}/commits/${one.sha}/comments`,
    commit: {
      url: inner.url,
      author: inner.author,
      committer: inner.committer,
      message: one.message,
      comment_count: 0,
      tree: inner.tree,
      verification: verification(one),
    },
    author: author === undefined ? null : user(world, author),
    committer: committer === undefined ? null : user(world, committer),
    parents: one.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${siteUrl(world, repo)}/commit/${sha}`,
    })),
  };
}

export function commitWithFiles(world: World, repo: Repository, one: Commit): Schemas["commit"] {
  const parent = one.parents[0];
  const changes = changedFiles(
    repo.objects,
    parent === undefined ? undefined : repo.objects.commit(parent)?.tree,
    one.tree,
  );
  const sum = (of: (change: FileChange) => number) => changes.reduce((total, change) => total + of(change), 0);
  const [additions, deletions] = [sum((change) => change.additions), sum((change) => change.deletions)];
  return {
    ...commit(world, repo, one),
    stats: { additions, deletions, total: additions + deletions },
    files: changes.map((change) => diffEntry(world, repo, change, one.sha)),
  };
}

export function diffEntry(world: World, repo: Repository, change: FileChange, sha: string): Schemas["diff-entry"] {
  const path = change.path.split("/").map(encodeURIComponent).join("/");
  return {
    sha: change.sha,
    filename: change.path,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${siteUrl(world, repo)}/blob/${sha}/${path}`,
    raw_url: `${siteUrl(world, repo)}/raw/${sha}/${path}`,
    contents_url: `${repositoryUrl(world, repo)}/contents/${path}?ref=${sha}`,
    ...(change.patch === undefined ? {} : { patch: change.patch }),
    ...(change.previousPath === undefined ? {} : { previous_filename: change.previousPath }),
  };
}
