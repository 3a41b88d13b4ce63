/** Commits: history, comparison, statuses, the pull requests a commit came with. */
import { ancestors, changedFiles, commitsBetween, diffText, mergeBase } from "../git-history.ts";
import { commitOf } from "../refs.ts";
import { status } from "../render/checks.ts";
import { commit, commitWithFiles, diffEntry } from "../render/git.ts";
import { repository, repositoryUrl, siteUrl } from "../render/people.ts";
import { pullSimple } from "../render/threads.ts";
import { invalid, listed, must, page } from "../reply.ts";
import type { CommitStatus, Repository } from "../state.ts";
import { accountByEmail } from "../world.ts";
import { route } from "./route.ts";

/** The last status of each context, newest first: the only ones that count. */
function lastStatuses(repo: Repository, sha: string): CommitStatus[] {
  const last = new Map<string, CommitStatus>();
  for (const one of repo.statuses) if (one.sha === sha) last.set(one.context, one);
  return [...last.values()].reverse();
}

/** GitHub cuts a comparison after this many files, without telling how many there are. */
const mostFiles = 300;

export const commitRoutes = [
  route("repos/list-commits", "contents:read", ({ world, repo, query, url }) => {
    const tip = commitOf(repo, query.sha ?? repo.defaultBranch);
    const { since, until, author } = query;
    const found = commitsBetween(repo.objects, undefined, tip.sha)
      .reverse()
      .filter((one) => {
        const at = Date.parse(one.committer.date);
        if (since !== undefined && at < Date.parse(since)) return false;
        if (until !== undefined && at > Date.parse(until)) return false;
        if (
          author !== undefined &&
          one.author.email !== author &&
          accountByEmail(world, one.author.email)?.login !== author
        )
          return false;
        if (query.path === undefined) return true;
        const before = one.parents[0] === undefined ? undefined : repo.objects.mustCommit(one.parents[0]).tree;
        return changedFiles(repo.objects, before, one.tree).some(
          (change) => change.path === query.path || change.path.startsWith(`${query.path}/`),
        );
      });
    const cut = page(found, query, url);
    return { status: 200, headers: cut.headers, body: cut.items.map((one) => commit(world, repo, one)) };
  }),
  route("repos/get-commit", "contents:read", ({ world, repo, path }) => {
    return { status: 200, body: commitWithFiles(world, repo, commitOf(repo, path.ref, 422)) };
  }),
  route("repos/compare-commits-with-basehead", "contents:read", ({ world, repo, path, query, url, accept }) => {
    const [base = "", head = ""] = path.basehead.split("...");
    const local = (name: string) => commitOf(repo, name.replace(new RegExp(`^${repo.owner.login}:`), ""));
    const [from, to] = [local(base), local(head)];
    const parted = must(mergeBase(repo.objects, from.sha, to.sha));
    const ahead = commitsBetween(repo.objects, from.sha, to.sha);
    const behind = commitsBetween(repo.objects, to.sha, from.sha).length;
    const changes = changedFiles(repo.objects, repo.objects.mustCommit(parted).tree, to.tree);
    if (/vnd\.github\.(v3\.)?diff/.test(accept)) return { status: 200, body: Buffer.from(diffText(changes)) };
    const state = ahead.length > 0 ? (behind > 0 ? "diverged" : "ahead") : behind > 0 ? "behind" : "identical";
    const cut = page(ahead, { per_page: query.per_page ?? 250, page: query.page ?? 1 }, url);
    const site = `${siteUrl(world, repo)}/compare/${path.basehead}`;
    return {
      status: 200,
      headers: cut.headers,
      body: {
        url: `${repositoryUrl(world, repo)}/compare/${path.basehead}`,
        html_url: site,
        permalink_url: `${siteUrl(world, repo)}/compare/${from.sha}...${to.sha}`,
        diff_url: `${site}.diff`,
        patch_url: `${site}.patch`,
        base_commit: commit(world, repo, from),
        merge_base_commit: commit(world, repo, repo.objects.mustCommit(parted)),
        status: state,
        ahead_by: ahead.length,
        behind_by: behind,
        total_commits: ahead.length,
        commits: cut.items.map((one) => commit(world, repo, one)),
        files: changes.slice(0, mostFiles).map((change) => diffEntry(world, repo, change, to.sha)),
      },
    };
  }),
  route(
    "repos/list-pull-requests-associated-with-commit",
    "pull_requests:read",
    ({ world, repo, path, query, url }) => {
      const { sha } = commitOf(repo, path.commit_sha, 422);
      const merged = ancestors(repo.objects, must(repo.refs.get(`refs/heads/${repo.defaultBranch}`))).has(sha);
      const found = [...repo.threads.values()].flatMap((thread) => {
        const { pull } = thread;
        if (pull === undefined) return [];
        const own = commitsBetween(repo.objects, pull.baseSha, pull.headSha).some((one) => one.sha === sha);
        // A commit of the default branch leads to the pull request that merged it; any other one also to open ones.
        const here =
          pull.merged?.sha === sha || (own && (pull.merged !== null || (!merged && thread.state === "open")));
        return here ? [pullSimple(world, repo, thread, pull)] : [];
      });
      return listed(found, query, url);
    },
  ),
  route("repos/create-commit-status", "statuses:write", ({ world, repo, actor, path, body }) => {
    if (repo.objects.commit(path.sha) === undefined)
      throw invalid("Status", "sha", "custom", `No commit found for SHA: ${path.sha}`);
    if ((body.description ?? "").length > 140)
      throw invalid("Status", "description", "custom", "description is too long (maximum is 140 characters)");
    const made: CommitStatus = {
      id: world.nextId(),
      sha: path.sha,
      user: actor,
      state: body.state,
      context: body.context ?? "default",
      description: body.description ?? null,
      targetUrl: body.target_url ?? null,
      createdAt: world.now(),
    };
    repo.statuses.push(made);
    return { status: 201, body: status(world, repo, made) };
  }),
  route("repos/list-commit-statuses-for-ref", "statuses:read", ({ world, repo, path, query, url }) => {
    const { sha } = commitOf(repo, path.ref);
    const found = repo.statuses.filter((one) => one.sha === sha).reverse();
    return listed(
      found.map((one) => status(world, repo, one)),
      query,
      url,
    );
  }),
  route("repos/get-combined-status-for-ref", "statuses:read", ({ world, repo, path, query, url }) => {
    const { sha } = commitOf(repo, path.ref);
    const last = lastStatuses(repo, sha);
    const bad = last.some((one) => one.state === "failure" || one.state === "error");
    // Without any status GitHub says "pending".
    const state = bad
      ? "failure"
      : last.length > 0 && last.every((one) => one.state === "success")
        ? "success"
        : "pending";
    const cut = page(last, query, url);
    const at = `${repositoryUrl(world, repo)}/commits/${sha}`;
    const statuses = cut.items.map((one) => status(world, repo, one));
    return {
      status: 200,
      headers: cut.headers,
      body: {
        state,
        sha,
        total_count: last.length,
        statuses,
        repository: repository(world, repo),
        commit_url: at,
        url: `${at}/status`,
      },
    };
  }),
];
