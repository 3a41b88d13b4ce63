/** Pull requests: open, find, change, merge. */
import { commitsBetween, diffText } from "../git-history.ts";
import { merge, updateBranch } from "../pulls.ts";
import { commit, diffEntry } from "../render/git.ts";
import { repositoryUrl } from "../render/people.ts";
import { pull as pullBody, pullFiles, pullSimple } from "../render/threads.ts";
import { invalid, listed, notFound, Refusal } from "../reply.ts";
import { assertPush } from "../rules.ts";
import type { Actor, Pull, Repository, Thread, World } from "../state.ts";
import { addThread, assertTitle, pullOf, setState } from "../threads.ts";
import { route } from "./route.ts";

/** `owner:branch` or `branch`. Forks are not part of this stand-in: another owner is a head that does not exist. */
function headBranch(repo: Repository, head: string): string | undefined {
  const [owner, ...rest] = head.split(":");
  if (rest.length === 0) return head;
  return owner?.toLowerCase() === repo.owner.login.toLowerCase() ? rest.join(":") : undefined;
}

const openFor = (repo: Repository, head: string, base: string): Thread | undefined =>
  [...repo.threads.values()].find(
    (thread) => thread.state === "open" && thread.pull?.head === head && thread.pull.base === base,
  );

const refused = (message: string) =>
  new Refusal(422, "Validation Failed", { errors: [{ resource: "PullRequest", code: "custom", message }] });

interface NewPull {
  readonly title: string;
  readonly head: string;
  readonly base: string;
  readonly body?: string;
  readonly draft?: boolean;
}

/** Opens a pull request or refuses as GitHub does; also used by the story helpers. */
export function openPull(world: World, repo: Repository, by: Actor, input: NewPull): { thread: Thread; pull: Pull } {
  // The switch "Allow GitHub Actions to create and approve pull requests" concerns only the workflow's own token.
  if (by.login === "github-actions[bot]" && !repo.workflowPermissions.canApprove)
    throw new Refusal(403, "GitHub Actions is not permitted to create or approve pull requests.");
  const head = headBranch(repo, input.head);
  const headSha = head === undefined ? undefined : repo.refs.get(`refs/heads/${head}`);
  const baseSha = repo.refs.get(`refs/heads/${input.base}`);
  if (head === undefined || headSha === undefined) throw invalid("PullRequest", "head", "invalid");
  if (baseSha === undefined) throw invalid("PullRequest", "base", "invalid");
  if (openFor(repo, head, input.base) !== undefined)
    throw refused(`A pull request already exists for ${repo.owner.login}:${head}.`);
  if (commitsBetween(repo.objects, baseSha, headSha).length === 0)
    throw refused(`No commits between ${input.base} and ${head}`);
  const pull: Pull = {
    head,
    base: input.base,
    headSha,
    baseSha,
    draft: input.draft === true,
    merged: null,
    reviews: [],
    requestedReviewers: [],
    mergeabilityTold: "",
  };
  return { thread: addThread(world, repo, by, { title: input.title, body: input.body ?? null }, pull), pull };
}

export const pullRoutes = [
  route("pulls/list", "pull_requests:read", ({ world, repo, query, url }) => {
    const state = query.state ?? "open";
    // Without an owner GitHub ignores the filter altogether and lists everything: a trap that clients must meet here too.
    const filter = query.head?.includes(":") === true ? query.head : undefined;
    const head = filter === undefined ? undefined : (headBranch(repo, filter) ?? "");
    const sort = query.sort ?? "created";
    const sign = (query.direction ?? (sort === "created" ? "desc" : "asc")) === "asc" ? 1 : -1;
    const found = [...repo.threads.values()]
      .flatMap((thread) => (thread.pull === undefined ? [] : [{ thread, pull: thread.pull }]))
      .filter(({ thread }) => state === "all" || thread.state === state)
      .filter(
        ({ pull }) =>
          (head === undefined || pull.head === head) && (query.base === undefined || pull.base === query.base),
      )
      .sort((a, b) => {
        const at = ({ thread }: typeof a) => Date.parse(sort === "updated" ? thread.updatedAt : thread.createdAt);
        return sign * (at(a) - at(b) || a.thread.number - b.thread.number);
      });
    return listed(
      found.map(({ thread, pull }) => pullSimple(world, repo, thread, pull)),
      query,
      url,
    );
  }),
  route("pulls/create", "pull_requests:write", ({ world, repo, actor, body }) => {
    if (body.title === undefined) throw invalid("PullRequest", "title", "missing_field");
    const { title, head, base, body: text, draft } = body;
    const input = {
      title,
      head,
      base,
      ...(text === undefined ? {} : { body: text }),
      ...(draft === undefined ? {} : { draft }),
    };
    const { thread, pull } = openPull(world, repo, actor, input);
    return { status: 201, body: pullBody(world, repo, thread, pull) };
  }),
  route("pulls/get", "pull_requests:read", ({ world, repo, path, accept }) => {
    const { thread, pull } = pullOf(repo, path.pull_number);
    if (/vnd\.github\.(v3\.)?diff/.test(accept))
      return { status: 200, body: Buffer.from(diffText(pullFiles(repo, pull))) };
    return { status: 200, body: pullBody(world, repo, thread, pull) };
  }),
  route("pulls/update", "pull_requests:write", ({ world, repo, actor, path, body }) => {
    const { thread, pull } = pullOf(repo, path.pull_number);
    if (body.title !== undefined) {
      assertTitle("PullRequest", body.title);
      thread.title = body.title;
    }
    if (body.body !== undefined) {
      if ([...body.body].length > 65_536)
        throw invalid("PullRequest", "body", "custom", "body is too long (maximum is 65536 characters)");
      thread.body = body.body;
    }
    if (body.base !== undefined) {
      if (!repo.refs.has(`refs/heads/${body.base}`)) throw invalid("PullRequest", "base", "invalid");
      pull.base = body.base;
    }
    if (body.state === "open" && thread.state === "closed") reopen(repo, pull);
    if (body.state !== undefined) setState(world, thread, body.state, actor);
    thread.updatedAt = world.now();
    return { status: 200, body: pullBody(world, repo, thread, pull) };
  }),
  route("pulls/list-files", "pull_requests:read", ({ world, repo, path, query, url }) => {
    const { pull } = pullOf(repo, path.pull_number);
    // GitHub lists 3,000 files at most.
    const files = pullFiles(repo, pull).slice(0, 3_000);
    return listed(
      files.map((change) => diffEntry(world, repo, change, pull.headSha)),
      query,
      url,
    );
  }),
  route("pulls/list-commits", "pull_requests:read", ({ world, repo, path, query, url }) => {
    const { pull } = pullOf(repo, path.pull_number);
    // 250 at most, oldest first; whoever needs more must compare.
    const commits = commitsBetween(repo.objects, pull.baseSha, pull.headSha).slice(0, 250);
    return listed(
      commits.map((one) => commit(world, repo, one)),
      query,
      url,
    );
  }),
  route("pulls/check-if-merged", "pull_requests:read", ({ repo, path }) => {
    if (pullOf(repo, path.pull_number).pull.merged === null) throw notFound();
    return { status: 204 };
  }),
  route("pulls/merge", "contents:write", ({ world, repo, actor, path, body }) => {
    const { thread, pull } = pullOf(repo, path.pull_number);
    const sha = merge(world, repo, thread, pull, actor, {
      method: body.merge_method ?? "merge",
      ...(body.commit_title === undefined ? {} : { title: body.commit_title }),
      ...(body.commit_message === undefined ? {} : { message: body.commit_message }),
      ...(body.sha === undefined ? {} : { sha: body.sha }),
    });
    return { status: 200, body: { sha, merged: true, message: "Pull Request successfully merged" } };
  }),
  route("pulls/update-branch", "contents:write", ({ world, repo, actor, path, body }) => {
    const { pull } = pullOf(repo, path.pull_number);
    if (body.expected_head_sha !== undefined && body.expected_head_sha !== pull.headSha)
      throw new Refusal(422, "expected head sha didn’t match current head ref.");
    assertPush(repo, pull.head, actor, { kind: "update" });
    if (updateBranch(world, repo, pull, actor) === undefined)
      throw new Refusal(422, "There are no new commits on the base branch.");
    const url = `${repositoryUrl(world, repo)}/pulls/${path.pull_number}`;
    return { status: 202, body: { message: "Updating pull request branch.", url } };
  }),
];

function reopen(repo: Repository, pull: Pull): void {
  const headSha = repo.refs.get(`refs/heads/${pull.head}`);
  if (pull.merged !== null || headSha === undefined)
    throw refused("state cannot be changed. The pull request cannot be reopened.");
  if (openFor(repo, pull.head, pull.base) !== undefined)
    throw refused(`state cannot be changed. There is already an open pull request from ${pull.head} to ${pull.base}.`);
  pull.headSha = headSha;
}
