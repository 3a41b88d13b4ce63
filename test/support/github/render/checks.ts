/** Check runs and commit statuses as GitHub prints them. */
import type { CheckRun, CommitStatus, Repository, Schemas, World } from "../state.ts";
import { app, repositoryUrl, siteUrl, user } from "./people.ts";

export function checkRun(world: World, repo: Repository, run: CheckRun): Schemas["check-run"] {
  const url = `${repositoryUrl(world, repo)}/check-runs/${run.id}`;
  return {
    id: run.id,
    node_id: `CR_${run.id}`,
    head_sha: run.headSha,
    external_id: run.externalId ?? "",
    name: run.name,
    url,
    html_url: `${siteUrl(world, repo)}/runs/${run.id}`,
    details_url: run.detailsUrl ?? `${siteUrl(world, repo)}/runs/${run.id}`,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite },
    app: app(world, run.actor),
    pull_requests: [...repo.threads.values()].flatMap((thread) =>
      thread.pull?.headSha === run.headSha && thread.state === "open"
        ? [
            {
              id: thread.id,
              number: thread.number,
              url: `${repositoryUrl(world, repo)}/pulls/${thread.number}`,
              head: side(world, repo, thread.pull.head, thread.pull.headSha),
              base: side(world, repo, thread.pull.base, thread.pull.baseSha),
            },
          ]
        : [],
    ),
  };
}

const side = (world: World, repo: Repository, ref: string, sha: string) => ({
  ref,
  sha,
  repo: { id: repo.id, url: repositoryUrl(world, repo), name: repo.name },
});

export function status(world: World, repo: Repository, one: CommitStatus): Schemas["status"] {
  return {
    url: `${repositoryUrl(world, repo)}/statuses/${one.sha}`,
    avatar_url: user(world, one.user).avatar_url,
    id: one.id,
    node_id: `SC_${one.id}`,
    state: one.state,
    description: one.description,
    target_url: one.targetUrl,
    context: one.context,
    created_at: one.createdAt,
    updated_at: one.createdAt,
    creator: user(world, one.user),
  };
}
