/** Issues, pull requests, comments and reviews as GitHub prints them. */
import { roleOf } from "../access.ts";
import { changedFiles, commitsBetween, mergeBase } from "../git-history.ts";
import { mergeability } from "../pulls.ts";
import type { Account, Comment, Pull, Repository, Review, Schemas, Thread, World } from "../state.ts";
import { account } from "../world.ts";
import { app, repository, repositoryUrl, siteUrl, user } from "./people.ts";

/** The generated type says `number | bigint`; ours are numbers. */
export type IssueComment = Schemas["issue-comment"] & { id: number };

type Association = Schemas["author-association"];
function association(repo: Repository, who: Account): Association {
  if (who.type === "Bot") return "NONE";
  const role = roleOf(repo, who);
  if (repo.owner.login === who.login) return "OWNER";
  return role === undefined ? "NONE" : role === "admin" ? "MEMBER" : "COLLABORATOR";
}

export function label(world: World, repo: Repository, name: string): Schemas["label"] {
  const known = repo.labels.get(name) ?? { id: 0, name, color: "ededed", description: null };
  const url = `${repositoryUrl(world, repo)}/labels/${encodeURIComponent(name)}`;
  return { ...known, node_id: `LA_${known.id}`, url, default: false };
}

export function issue(world: World, repo: Repository, thread: Thread): Schemas["issue"] {
  const url = `${repositoryUrl(world, repo)}/issues/${thread.number}`;
  const pullUrl = `${repositoryUrl(world, repo)}/pulls/${thread.number}`;
  const page = `${siteUrl(world, repo)}/${thread.pull === undefined ? "issues" : "pull"}/${thread.number}`;
  const assignees = thread.assignees.map((login) => user(world, account(world, login)));
  return {
    id: thread.id,
    node_id: `I_${thread.id}`,
    url,
    repository_url: repositoryUrl(world, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    number: thread.number,
    title: thread.title,
    body: thread.body,
    user: user(world, thread.user),
    state: thread.state,
    state_reason: thread.stateReason,
    labels: thread.labels.map((name) => label(world, repo, name)),
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    locked: false,
    comments: thread.comments.length,
    created_at: thread.createdAt,
    updated_at: thread.updatedAt,
    closed_at: thread.closedAt,
    closed_by: thread.closedBy === null ? null : user(world, thread.closedBy),
    author_association: association(repo, thread.user),
    performed_via_github_app: app(world, thread.user),
    ...(thread.pull === undefined
      ? {}
      : {
          pull_request: {
            url: pullUrl,
            html_url: page,
            diff_url: `${page}.diff`,
            patch_url: `${page}.patch`,
            merged_at: thread.pull.merged?.at ?? null,
          },
        }),
  };
}

export function comment(world: World, repo: Repository, thread: Thread, one: Comment): IssueComment {
  const url = repositoryUrl(world, repo);
  const page = `${siteUrl(world, repo)}/${thread.pull === undefined ? "issues" : "pull"}/${thread.number}`;
  return {
    id: one.id,
    node_id: `IC_${one.id}`,
    url: `${url}/issues/comments/${one.id}`,
    html_url: `${page}#issuecomment-${one.id}`,
    issue_url: `${url}/issues/${thread.number}`,
    body: one.body,
    user: user(world, one.user),
    created_at: one.createdAt,
    updated_at: one.updatedAt,
    author_association: association(repo, one.user),
    performed_via_github_app: app(world, one.user),
  };
}

export function review(world: World, repo: Repository, thread: Thread, one: Review): Schemas["pull-request-review"] {
  const pullUrl = `${repositoryUrl(world, repo)}/pulls/${thread.number}`;
  const html = `${siteUrl(world, repo)}/pull/${thread.number}#pullrequestreview-${one.id}`;
  return {
    id: one.id,
    node_id: `PRR_${one.id}`,
    user: user(world, one.user),
    body: one.body,
    state: one.state,
    html_url: html,
    pull_request_url: pullUrl,
    _links: { html: { href: html }, pull_request: { href: pullUrl } },
    submitted_at: one.submittedAt,
    commit_id: one.commitId,
    author_association: association(repo, one.user),
  };
}

export function reviewComment(
  world: World,
  repo: Repository,
  thread: Thread,
  one: Review,
  entry: Review["comments"][number],
): Schemas["pull-request-review-comment"] {
  const url = `${repositoryUrl(world, repo)}/pulls/comments/${entry.id}`;
  const pullUrl = `${repositoryUrl(world, repo)}/pulls/${thread.number}`;
  const html = `${siteUrl(world, repo)}/pull/${thread.number}#discussion_r${entry.id}`;
  return {
    url,
    id: entry.id,
    node_id: `PRRC_${entry.id}`,
    pull_request_review_id: one.id,
    diff_hunk: "",
    path: entry.path,
    ...(entry.line === undefined ? {} : { line: entry.line, original_line: entry.line, side: "RIGHT" as const }),
    position: 1,
    original_position: 1,
    commit_id: one.commitId,
    original_commit_id: one.commitId,
    user: user(world, one.user),
    body: entry.body,
    created_at: one.submittedAt,
    updated_at: one.submittedAt,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: association(repo, one.user),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pullUrl } },
  };
}

const side = (world: World, repo: Repository, ref: string, sha: string) => ({
  label: `${repo.owner.login}:${ref}`,
  ref,
  sha,
  user: user(world, repo.owner),
  repo: repository(world, repo),
});

export function pullSimple(world: World, repo: Repository, thread: Thread, pull: Pull): Schemas["pull-request-simple"] {
  const url = `${repositoryUrl(world, repo)}/pulls/${thread.number}`;
  const issueUrl = `${repositoryUrl(world, repo)}/issues/${thread.number}`;
  const page = `${siteUrl(world, repo)}/pull/${thread.number}`;
  const whole = issue(world, repo, thread);
  return {
    url,
    id: thread.id,
    node_id: `PR_${thread.id}`,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issueUrl,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryUrl(world, repo)}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: `${repositoryUrl(world, repo)}/statuses/${pull.headSha}`,
    number: thread.number,
    state: thread.state,
    locked: false,
    title: thread.title,
    user: user(world, thread.user),
    body: thread.body,
    labels: thread.labels.map((name) => ({
      ...label(world, repo, name),
      description: label(world, repo, name).description ?? "",
    })),
    milestone: null,
    created_at: thread.createdAt,
    updated_at: thread.updatedAt,
    closed_at: thread.closedAt,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.sha ?? null,
    assignee: whole.assignee,
    assignees: whole.assignees ?? [],
    requested_reviewers: pull.requestedReviewers.map((login) => user(world, account(world, login))),
    requested_teams: [],
    head: side(world, repo, pull.head, pull.headSha),
    base: side(world, repo, pull.base, pull.baseSha),
    _links: {
      self: { href: url },
      html: { href: page },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${repositoryUrl(world, repo)}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: `${repositoryUrl(world, repo)}/statuses/${pull.headSha}` },
    },
    author_association: association(repo, thread.user),
    auto_merge: null,
    draft: pull.draft,
  };
}

/** The files a pull request changes: from where the branches parted to its head, GitHub's "three dots". */
export function pullFiles(repo: Repository, pull: Pull) {
  const parted = mergeBase(repo.objects, pull.baseSha, pull.headSha);
  const from = parted === undefined ? undefined : repo.objects.mustCommit(parted).tree;
  return changedFiles(repo.objects, from, repo.objects.mustCommit(pull.headSha).tree);
}

export function pull(world: World, repo: Repository, thread: Thread, one: Pull): Schemas["pull-request"] {
  const files = pullFiles(repo, one);
  const sum = (of: (file: (typeof files)[number]) => number) => files.reduce((total, file) => total + of(file), 0);
  return {
    ...pullSimple(world, repo, thread, one),
    // The description allows null for these in a list, but not here.
    user: user(world, thread.user),
    head: side(world, repo, one.head, one.headSha),
    base: side(world, repo, one.base, one.baseSha),
    state: thread.state,
    ...mergeability(world, repo, thread, one),
    merged: one.merged !== null,
    merged_by: one.merged === null ? null : user(world, one.merged.by),
    comments: thread.comments.length,
    review_comments: one.reviews.reduce((total, each) => total + each.comments.length, 0),
    maintainer_can_modify: false,
    commits: commitsBetween(repo.objects, one.baseSha, one.headSha).length,
    additions: sum((file) => file.additions),
    deletions: sum((file) => file.deletions),
    changed_files: files.length,
    labels: thread.labels.map((name) => label(world, repo, name)),
  };
}
